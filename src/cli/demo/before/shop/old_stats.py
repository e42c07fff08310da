def monthly_totals(db):
    return db.execute("SELECT strftime('%Y-%m', created), sum(total) FROM orders GROUP BY 1").fetchall()
