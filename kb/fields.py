"""The types of fields that records are made of, and the strict base of all records."""

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from kb import vocabulary as v


def _not_in_future(day: dt.date) -> dt.date:
    if day > dt.date.today():
        raise ValueError("expected a date that is not in the future")
    return day


def _year_not_in_future(year: int) -> int:
    if year > dt.date.today().year:
        raise ValueError(f"expected a year up to {dt.date.today().year}")
    return year


def word(vocabulary: type[v.Term]) -> Any:
    """The type of a field that takes one term of a vocabulary (YAML gives it as a string)."""
    return Annotated[vocabulary, Field(strict=False)]


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Pmid = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,7}$")]
Doi = Annotated[str, StringConstraints(pattern=r"^10\.[0-9]{4,9}/\S+$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PValue = Annotated[str, StringConstraints(pattern=r"^[<>]?(0?\.[0-9]+|1(\.0+)?)$")]
Day = Annotated[dt.date, AfterValidator(_not_in_future)]
Year = Annotated[int, Field(ge=1800), AfterValidator(_year_not_in_future)]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
