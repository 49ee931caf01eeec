"""A store whose checkout was moved: MLflow keeps absolute paths, which are written anew.

So runs, versions of networks and what a user has added to them stay what they were.
"""

from pathlib import Path

from sqlalchemy import create_engine, text

_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)
"""Of MLflow's tables, with paths of artifacts (mlflow.store.tracking.dbmodels.models, 3.17)."""


def has_moved(old: Path, new: Path) -> bool:
    """Whether artifacts that the store looks for in `old` are in `new` now, and there alone.

    A copy of a checkout has not moved: the store may be that of the first one.
    """
    return new.is_dir() and not old.exists()


def move(uri: str, old: Path, new: Path) -> None:
    """Have an SQLite store look for all artifacts below the folder `old` in the folder `new`.

    Args:
        uri: of the store, `sqlite:///...`.
        old, new: absolute folders.
    """
    words = {"new": str(new), "old": f"{old}/", "after": len(str(old)) + 1, "n": len(str(old)) + 1}
    engine = create_engine(uri)
    with engine.begin() as connection:
        for table, column in _COLUMNS:
            connection.execute(
                text(
                    f"UPDATE {table} SET {column} = :new || substr({column}, :after) "
                    f"WHERE substr({column}, 1, :n) = :old"
                ),
                words,
            )
    engine.dispose()
