"""`budget` of an account, as the configuration says it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.domain.budget import Budget
from bot.domain.cost import micros

__all__ = ["BudgetTable", "Usd"]

MOST = 1_000_000
Usd = Annotated[float, Field(ge=0, le=MOST)]
"""An amount in dollars."""
PERCENT = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%")


class BudgetTable(BaseModel):
    """`budget = { usd_per_month = 30, reserve_urgent_usd = 6 }`; months are UTC's, as X counts them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    usd_per_month: Annotated[float, Field(gt=0, le=MOST)]
    reserve_urgent_usd: Usd = 0
    near: str = "80%"
    near_template: str = ""
    spent: Literal["skip", "hold"] = "skip"

    @field_validator("near")
    @classmethod
    def _near_is_a_percentage(cls, near: str) -> str:
        found = PERCENT.fullmatch(near.strip())
        if found is None or not float(found[1]):
            raise ValueError('write a percentage between 0 and 100, such as "80%"')
        return near

    def to_budget(self) -> Budget:
        """`near` is a part of what is not kept for urgent shares."""
        per_month, reserve = micros(self.usd_per_month), micros(self.reserve_urgent_usd)
        part = float(self.near.strip().rstrip("%")) / 100
        return Budget(
            per_month=per_month,
            reserve=reserve,
            near=round((per_month - reserve) * part),
            near_template=self.near_template,
            holds=self.spent == "hold",
        )
