"""The section of a report with pictures of single networks."""

from glyph_transfer.report.evidence import Evidence, Visualisation
from glyph_transfer.report.page import Paragraph, Picture, Section
from glyph_transfer.report.sections import caveat, missing


def section(evidence: Evidence) -> Section:
    """What single networks of a study have learned."""
    shown = evidence.visualisation
    if shown is None:
        blocks = [missing("The visualisation of single networks", evidence)]
    else:
        of_study = caveat(evidence, shown.roles)
        blocks = [
            Paragraph(
                f"These pictures show the networks of a single draw, draw {shown.draw} of "
                f"{shown.study}, and a source network each: they illustrate and prove nothing."
            ),
            _kernels(shown, of_study),
            _maxima(shown, of_study),
            *(_similarity(shown, source, of_study) for source in shown.sources),
            *(_classes(shown, source, of_study) for source in shown.sources),
        ]
    return Section("networks", "Inside the networks", blocks)


def _kernels(shown: Visualisation, caveat: str) -> Picture:
    return Picture(
        "networks-kernels",
        shown.figures["kernels"],
        "Kernels of the first layer of networks from scratch, from "
        f"{' and from '.join(shown.sources)}: before on the left, after training on the right",
        f"Kernels of the first layer, draw {shown.draw}: of the source network on the left, "
        "after training on the labelled images on the right, the same kernel at the same place. "
        "Mid-grey is zero, black negative, white positive, on one scale in a row. From scratch "
        "there is no source.",
        caveat,
    )


def _maxima(shown: Visualisation, caveat: str) -> Picture:
    return Picture(
        "networks-maxima",
        shown.figures["maxima"],
        "Images that excite each filter of each convolution most, for the network from scratch "
        f"and those from {' and from '.join(shown.sources)}",
        f"Activation maximisation, draw {shown.draw}: for every filter the image that gradient "
        "ascent from the same noise finds to raise the filter's mean activation. Where noise "
        "is left, the filter is hardly active on it. All white: it responds to brightness alone. "
        "Light blue: no image was found, since it is never active.",
        caveat,
    )


def _similarity(shown: Visualisation, source: str, caveat: str) -> Picture:
    same = "; ".join(
        f"{row.before} {row.cka:.2f}"
        for row in shown.similarity
        if row.source == source and row.before == row.after
    )
    return Picture(
        f"networks-similarity-{source}",
        shown.figures[f"similarity-{source}"],
        f"Similarity of layers before and after fine-tuning from {source}; of a layer with "
        f"itself: {same}",
        f"Linear CKA (Kornblith et al. 2019), debiased, between the layers of the network "
        f"pretrained on {source} and of the same network after fine-tuning, draw {shown.draw}, "
        f"on {shown.images} validation images of the target. 1: alike up to rotation and scale; "
        "0: unrelated. The last layer is taken before its softmax.",
        caveat,
    )


def _classes(shown: Visualisation, source: str, caveat: str) -> Picture:
    target = shown.roles[0]
    return Picture(
        f"networks-classes-{source}",
        shown.figures[f"classes-{source}"],
        f"Classes of {source} and of {target} in two dimensions, in the features of the network "
        f"pretrained on {source}",
        f"Validation images of {source} and of {target} in the features of the network pretrained "
        f"on {source}, before it has seen any of {target}: what its last layer is given, on the "
        "first two principal components of both sets together. Dots: images; names: the means of "
        "their classes.",
        caveat,
    )
