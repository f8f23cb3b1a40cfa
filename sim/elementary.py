"""Elementary functions that give the same bits on every machine.

The C library's `exp` and NumPy's `log1p` differ in the last bit between processors. These consist
of additions, multiplications, divisions and square roots, which IEEE 754 rounds in one way only.
They are plain Python for one number; `sim.model` compiles them, for arrays too (`elementwise`).
"""

from __future__ import annotations

import math
from decimal import Context, Decimal

import numpy as np

_EXACT = Context(prec=50)
_LN2 = Decimal(2).ln(_EXACT)
_STEPS = 128
"""Steps of 2**(1/128) into which `exp` divides a doubling; a power of two."""
_BITS_OF_STEP = 7


def _split(value: Decimal, bits: int) -> tuple[float, float]:
    """Return a number as one of few `bits`, whose products with whole ones are exact, and rest."""
    mantissa, exponent = math.frexp(float(value))
    high = math.ldexp(round(math.ldexp(mantissa, bits)), exponent - bits)
    return high, float(value - Decimal(high))


_POWERS = [(_LN2 * k / _STEPS).exp(_EXACT) for k in range(_STEPS)]
_POWER = np.array([float(each) for each in _POWERS])
_POWER_REST = np.array([float(each / Decimal(float(each)) - 1) for each in _POWERS])
_PER_STEP = float(_STEPS / _LN2)
_STEP_HIGH, _STEP_LOW = _split(_LN2 / _STEPS, 34)
_LN2_HIGH, _LN2_LOW = _split(_LN2, 34)

_SMALLEST, _LARGEST = -708.0, 709.0
"""Beyond these `exp` is 0 and infinity: all its values are normal numbers."""
_BITS = 52
"""Of the fraction of a double."""
_BIAS = 1023
"""Of its exponent."""
_ROOT_HALF = int(np.float64(math.sqrt(0.5)).view(np.int64))
_LEAST_NORMAL = 2.0**-1022


def exp(x: float) -> float:
    """Return e**x, within one unit in the last place; 0 below -708, infinity above 709.

    Tang, "Table-driven implementation of the exponential function", ACM TOMS 15 (1989).
    """
    if not _SMALLEST <= x <= _LARGEST:
        return x if math.isnan(x) else (0.0 if x < 0.0 else math.inf)
    steps = math.floor(x * _PER_STEP + 0.5)
    r = (x - steps * _STEP_HIGH) - steps * _STEP_LOW
    grown = r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120))))
    power = _POWER[steps & (_STEPS - 1)]
    doubled = np.int64(((steps >> _BITS_OF_STEP) + _BIAS) << _BITS).view(np.float64)
    return (power + power * (grown + _POWER_REST[steps & (_STEPS - 1)])) * doubled


def log(x: float) -> float:
    """Return the natural logarithm, within one unit in the last place.

    Minus infinity for 0 and for numbers too small to be normal; not a number below 0.

    x = 2**k (1 + f) with 1 + f between the roots of 1/2 and 2; s = f / (2 + f);
    log(1 + f) = f - f**2/2 + s (f**2/2 + 2 (s**2/3 + s**4/5 + ...)).
    """
    if x < _LEAST_NORMAL:
        return -math.inf if x >= 0.0 else math.nan
    if not x < math.inf:
        return x
    bits = np.float64(x).view(np.int64)
    k = (bits - _ROOT_HALF) >> _BITS
    f = np.int64(bits - (k << _BITS)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = 2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21)))
    series = 2 / 7 + z * (2 / 9 + z * (2 / 11 + z * (2 / 13 + z * series)))
    series = z * (2 / 3 + z * (2 / 5 + z * series))
    half = 0.5 * f * f
    return k * _LN2_HIGH - ((half - (s * (half + series) + k * _LN2_LOW)) - f)


def expit(x: float) -> float:
    """Return the share whose log odds are x."""
    return 1.0 / (1.0 + exp(-x))


def logit(p: float) -> float:
    """Return the log odds of a share, which is kept away from 0 and 1."""
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    return log(p / (1.0 - p))


_CENTRE = np.array(
    [
        [2509.0809287301226727, 5226.4952788528545610],
        [33430.575583588128105, 28729.085735721942674],
        [67265.770927008700853, 39307.895800092710610],
        [45921.953931549871457, 21213.794301586595867],
        [13731.693765509461125, 5394.1960214247511077],
        [1971.5909503065514427, 687.18700749205790830],
        [133.14166789178437745, 42.313330701600911252],
        [3.3871328727963666080, 1.0],
    ]
)
_TAIL = np.array(
    [
        [7.74545014278341407640e-4, 1.05075007164441684324e-9],
        [2.27238449892691845833e-2, 5.47593808499534494600e-4],
        [2.41780725177450611770e-1, 1.51986665636164571966e-2],
        [1.27045825245236838258, 1.48103976427480074590e-1],
        [3.64784832476320460504, 6.89767334985100004550e-1],
        [5.76949722146069140550, 1.67638483018380384940],
        [4.63033784615654529590, 2.05319162663775882187],
        [1.42343711074968357734, 1.0],
    ]
)
_FAR_TAIL = np.array(
    [
        [2.01033439929228813265e-7, 2.04426310338993978564e-15],
        [2.71155556874348757815e-5, 1.42151175831644588870e-7],
        [1.24266094738807843860e-3, 1.84631831751005468180e-5],
        [2.65321895265761230930e-2, 7.86869131145613259100e-4],
        [2.96560571828504891230e-1, 1.48753612908506148525e-2],
        [1.78482653991729133580, 1.36929880922735805310e-1],
        [5.46378491116411436990, 5.99832206555887937690e-1],
        [6.65790464350110377720, 1.0],
    ]
)


def _ratio(coefficients: np.ndarray, x: float) -> float:
    """Return the ratio of two polynomials, columns of `coefficients`, highest powers first."""
    above, below = coefficients[0, 0], coefficients[0, 1]
    for k in range(1, coefficients.shape[0]):
        above = above * x + coefficients[k, 0]
        below = below * x + coefficients[k, 1]
    return above / below


def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of a probability in (0, 1).

    Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
    Statistics 37 (1988); about 16 digits.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(_CENTRE, 0.180625 - q * q)
    r = math.sqrt(-log(min(u, 1.0 - u)))
    x = _ratio(_TAIL, r - 1.6) if r <= 5.0 else _ratio(_FAR_TAIL, r - 5.0)
    return -x if q < 0.0 else x


_LOG_ROOT_2PI = float((2 * Decimal("3.14159265358979323846264338327950288419717")).ln(_EXACT) / 2)
_SERIES_FROM = -2.0
_FRACTIONS = 100


def normal_log_cdf(x: float) -> float:
    """Return the log of the standard normal distribution function.

    Its error is at most 1e-14 of the larger of its size and 1.

    Marsaglia, "Evaluating the normal distribution", Journal of Statistical Software 11 (2004), in
    the middle; below, the continued fraction of Mills's ratio.
    """
    if math.isnan(x):
        return x
    density = -0.5 * x * x - _LOG_ROOT_2PI
    if x < _SERIES_FROM:
        fraction = -x
        for k in range(_FRACTIONS, 0, -1):
            fraction = k / fraction - x
        return density - log(fraction)
    if x > 9.0:
        return 0.0
    term, total, k = x, x, 1
    while abs(term) > 1e-17 * abs(total):
        k += 2
        term *= x * x / k
        total += term
    return log(0.5 + total * exp(density))
