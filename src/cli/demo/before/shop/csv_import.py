import csv
import logging
from decimal import Decimal

logger = logging.getLogger(__name__)


def read_prices(lines):
    prices = {}
    for row in csv.DictReader(lines):
        try:
            prices[row["sku"]] = Decimal(row["price"])
        except (KeyError, ArithmeticError):
            logger.warning("a row without a price was left out")
    return prices


def apply_prices(db, prices):
    for sku, price in prices.items():
        db.execute("UPDATE product SET price = ? WHERE sku = ?", (str(price), sku))
    db.commit()
    return len(prices)
