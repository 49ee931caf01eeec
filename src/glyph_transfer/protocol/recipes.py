"""Recipes: how a network is made from a source and labelled images; variants: of which source.

A recipe is data, named once under `recipes` in params.yaml: variants of studies do what it says,
and so does what learns one's own images.
"""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.protocol.parts import NO_SOURCE, Momentum, Phase, Schema, Size, Training

Optimizer = Training.model_fields["optimizer"].annotation
Names = Annotated[list[str], Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]
Strength = Annotated[float, Field(gt=0)]
LINEAR = ("logistic", "ridge")
"""Heads that are like a last layer, which can start from them."""


class Unlabelled(Schema):
    """What a recipe takes from images of the target whose labels it does not see.

    Attributes:
        use: `propagation` has the head fitted to the labels that spread to them over their
            nearest neighbours, `pseudo_labels` to those that it gives itself first, `statistics`
            takes the statistics of the source's batch normalisation from them.
        images: the most that are taken, the first ones.
    """

    use: Literal["propagation", "pseudo_labels", "statistics"]
    images: PositiveInt


class Recipe(Schema):
    """What is kept of the source, and what learns, how.

    With a head alone it is fitted to what layers of the frozen source give. With phases alone the
    network of the target is trained. With both, the head is where its last layer starts from
    (Kumar et al. 2022, "Fine-tuning can distort pretrained features and underperform
    out-of-distribution", LP-FT).

    Attributes:
        features: layers of the frozen source whose outputs, side by side, the head is fitted to.
        head: its kind.
        strengths: that the head may have: of its penalty, or how many neighbours it goes by.
        choose: what decides between them, on the labelled images alone; `average` has the
            probabilities of all averaged, for where there are too few images to choose by.
        copies: of every labelled image, changed by `augmentation`, that the head is fitted to too.
        load: layers whose weights are the source's; `backbone` for all but the last.
        phases: in their order.
        optimizer, batch_size, batch_norm_momentum: of all phases; a variant has its study's where
            it says nothing else.
        reestimate_batch_norm: whether the statistics of batch normalisation are replaced by those
            of the labelled images: after training, or before the head is fitted.
        augmentation: by which images are changed anew in every epoch, and their copies.
        l2_sp: weight of half the squared distance that trained layers have gone from where their
            phase began (Li, Grandvalet and Davoine 2018, "Explicit inductive bias for transfer
            learning with convolutional networks").
        test_copies: of every image that is scored, changed by `augmentation`; the probabilities
            of the image and its copies are averaged.
        unlabelled: what it takes from images without their labels; None for nothing.
    """

    features: Names | None = None
    head: Literal["logistic", "cosine", "ridge", "nearest_mean", "neighbours"] | None = None
    strengths: Annotated[list[Strength], Field(min_length=1)] | None = None
    choose: Literal["leave_one_out", "cross_validation", "average"] | None = None
    copies: Count = 0
    load: list[str] | Literal["backbone"] = Field(default_factory=list)
    phases: list[Phase] = Field(default_factory=list)
    optimizer: Optimizer | None = None
    batch_size: PositiveInt | None = None
    batch_norm_momentum: Momentum | None = None
    reestimate_batch_norm: bool = False
    augmentation: Augmentation | None = None
    l2_sp: Annotated[float, Field(ge=0)] = 0.0
    test_copies: Count = 0
    unlabelled: Unlabelled | None = None

    @property
    def training(self) -> Training | None:
        """What all phases share, where the recipe says all of it."""
        shared = {name: getattr(self, name) for name in Training.model_fields}
        return None if None in shared.values() else Training(**shared)

    @model_validator(mode="after")
    def _a_head_has_what_it_is_fitted_to(self) -> "Recipe":
        given = [name for name in ("features", "strengths", "choose") if getattr(self, name)]
        if self.head is None and (given or self.copies):
            raise ValueError(f"has {given or ['copies']}, but no 'head' that they are for")
        if self.head is not None and len(given) < 3:
            raise ValueError("a 'head' needs 'features', 'strengths' and 'choose'")
        if self.head is None and not self.phases:
            raise ValueError("has neither a 'head' nor 'phases', so that nothing would learn")
        return self

    @model_validator(mode="after")
    def _nothing_is_said_in_vain(self) -> "Recipe":
        if (self.copies or self.test_copies) and not self.augmentation:
            raise ValueError("copies of images need an 'augmentation' that changes them")
        if self.augmentation and not (self.phases or self.copies or self.test_copies):
            raise ValueError("an 'augmentation' needs 'phases' or copies of images")
        if not self.phases and (self.load or self.l2_sp):
            raise ValueError("'load' and 'l2_sp' are of 'phases', and there are none")
        if self.phases and self.head and self.head not in LINEAR:
            raise ValueError(f"'phases' can start from these heads alone: {', '.join(LINEAR)}")
        if self.unlabelled and (self.phases or not self.head):
            raise ValueError("'unlabelled' images serve a 'head', without 'phases'")
        if self.unlabelled and self.unlabelled.use == "statistics" and self.reestimate_batch_norm:
            raise ValueError("statistics of batch norm are of 'unlabelled' images or labelled ones")
        return self


class Variant(Recipe):
    """A recipe, and the sources that it is tried with; its fields are the recipe's or its own.

    Attributes:
        sources: of the weights; `none` for training from scratch.
        source_model: of the source network, if not the model that is trained.
        models: model -> its targets, if not the study's model on all its targets.
        baseline: variant, with one source, that this one is compared with draw by draw: on
            the same model if it has that on the target, else on its only one.
        searched: whether hyper-parameters of all phases and of the network are those that the
            search found.
        n_train: sizes that it is tried at, if not at all of the study's.
        recipe: name of the one under `recipes` whose fields it has; None if all are its own.
    """

    sources: Names
    source_model: str | None = None
    models: dict[str, list[str]] | None = None
    baseline: str | None = None
    searched: bool = False
    n_train: Annotated[list[Size], Field(min_length=1)] | None = None
    recipe: str | None = None

    @model_validator(mode="after")
    def _needs_a_source(self) -> "Variant":
        if (self.load or self.features) and NO_SOURCE in self.sources:
            what = f"loads {self.load}" if self.load else f"takes features of {self.features}"
            raise ValueError(f"{what}, but one of its sources is '{NO_SOURCE}'")
        return self

    def with_phases(self, values: dict[str, object]) -> "Variant":
        """Give the variant with other values of phases' fields, the same in all phases."""
        phases = [phase.model_copy(update=values) for phase in self.phases]
        return self.model_copy(update={"phases": phases})
