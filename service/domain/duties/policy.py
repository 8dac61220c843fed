"""The policy of opportunity duties and of sales work beside them: one published revision, with its program."""

from dataclasses import dataclass
from datetime import date

from service.domain.duties.program import DutyParameters, DutyProgram
from service.domain.duties.program_json import duty_program_digest
from service.domain.parts import Step
from service.domain.sales_steps import by_key, sales_steps


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DutyPolicy:
    """One published revision of the policy, in force from its first day up to, and without, ``effective_until``."""

    id: str
    version: int
    title: str
    effective_from: date
    effective_until: date | None
    program: DutyProgram

    def __repr__(self) -> str:
        return f"<{self.id} revision {self.version}>"

    @property
    def digest(self) -> str:
        """What names the program."""
        return duty_program_digest(self.program)

    @property
    def parameters(self) -> DutyParameters:
        """The thresholds that the revision was made with."""
        return self.program.parameters

    @property
    def steps(self) -> dict[str, Step]:
        """Every step by its key, in the order in which they may be asked: of duties, and of sales work beside them."""
        return {**self.program.steps, **by_key(sales_steps(self.parameters))}

    def is_in_force(self, day: date) -> bool:
        """Whether the revision had started by a day, and not ended."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)
