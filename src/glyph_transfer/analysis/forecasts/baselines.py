"""What scores are held against: choices that look at no image of the target."""

FIXED_ORDER = "fixed_order"
"""The source that comes first where the variant names them."""
ANY_SOURCE = "any_source"
"""Any of them: costs what the best one is better than the mean of all."""
BASELINES = (FIXED_ORDER, ANY_SOURCE)
