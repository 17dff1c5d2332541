"""Texts of goods: the version that holds is there, every order shows the version it was bought by, none is too new."""

from jishi.audit.query import Query

LANGUAGES = "('zh-Hans', 'zh-Hant', 'en')"
TEXT = ("owner", "product", "language", "version")


def has_texts(product: str) -> str:
    """That a version of a product's texts is there in some language; each language is one look by key."""
    return f"""EXISTS (SELECT 1 FROM product_texts t WHERE t.owner = s.owner AND t.product = s.{product}
               AND t.language IN {LANGUAGES} AND t.version = s.texts)"""


CHECKS = (
    Query(
        "product_has_its_texts",
        "products",
        ("owner", "id"),
        f"SELECT owner, id, texts FROM products s WHERE NOT {has_texts('id')}",
        "version {texts} of its texts is missing",
    ),
    Query(
        "line_has_its_texts",
        "order_lines",
        ("owner", "order", "n"),
        f'SELECT owner, "order", n, texts FROM order_lines s WHERE NOT {has_texts("product")}',
        "version {texts} of its texts is missing",
    ),
    Query(
        "text_of_a_version",
        "product_texts",
        TEXT,
        f"""
        SELECT t.owner, t.product, t.language, t.version FROM product_texts t
        WHERE t.language NOT IN {LANGUAGES} OR NOT EXISTS (
            SELECT 1 FROM products p WHERE p.owner = t.owner AND p.id = t.product AND t.version BETWEEN 1 AND p.texts)
        """,
        "the product never had this version",
    ),
    Query(
        "text_goes_on",
        "product_texts",
        TEXT,
        """
        SELECT t.owner, t.product, t.language, t.version + 1 AS version
        FROM product_texts t JOIN products p ON p.owner = t.owner AND p.id = t.product
        WHERE t.version < p.texts AND NOT EXISTS (
            SELECT 1 FROM product_texts u WHERE u.owner = t.owner AND u.product = t.product
            AND u.language = t.language AND u.version = t.version + 1)
        """,
        "is missing, though the version before it speaks this language",
    ),
)
