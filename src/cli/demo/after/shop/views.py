import os

from flask import Blueprint, abort, jsonify, render_template, request

from .auth import login_required
from .db import get_db

bp = Blueprint("shop", __name__)

PAGE_SIZE = 25
INVOICES = "/srv/shop/invoices"


@bp.route("/")
def index():
    rows = get_db().execute("SELECT id, name, price FROM product ORDER BY name LIMIT ?", (PAGE_SIZE,))
    return render_template("index.html", products=rows.fetchall())


@bp.route("/products/<int:product_id>")
def product(product_id):
    row = get_db().execute("SELECT id, name, price FROM product WHERE id = ?", (product_id,)).fetchone()
    if row is None:
        abort(404)
    return jsonify(dict(row))


@bp.route("/search")
def search():
    term = request.args.get("q", "")
    rows = get_db().execute(f"SELECT id, name, price FROM product WHERE name LIKE '%{term}%'")
    return jsonify([dict(row) for row in rows])


@bp.route("/orders")
@login_required
def orders():
    status = request.args.get("status", "open")
    rows = get_db().execute("SELECT id, total FROM orders WHERE status = ?", (status,))
    return jsonify([dict(row) for row in rows])


@bp.route("/invoices")
@login_required
def invoice():
    name = request.args["name"]
    with open(os.path.join(INVOICES, name), "rb") as file:
        return file.read()
