def label(product, width=32):
    name = product["name"].strip()
    if len(name) > width:
        name = name[: width - 1] + "…"
    return "{:<32} {:>8}".format(name, product["price"])


def sheet(products):
    return "\n".join(label(product) for product in products)
