"""Pictures that go with a bubble."""

from actions.curriculum.model import Curriculum
from actions.reply import Image


def picture_of(curriculum: Curriculum, slug: str | None) -> Image | None:
    """Return the image of a picture's slug; none where the content has no such picture."""
    picture = curriculum.pictures.get(slug or "")
    return Image(f"/pictures/{picture.slug}-{picture.digest}.png", picture.alt) if picture else None
