"""The section of a report with pictures of single networks."""

from glyph_transfer.report.evidence import VISUALISED, Evidence, Visualisation
from glyph_transfer.report.page import Paragraph, Picture, Section
from glyph_transfer.report.sections import badge, missing


def section(evidence: Evidence) -> Section:
    """What single networks of a study have learned."""
    found = evidence.visualisation
    if found is None:
        blocks = [missing(f"The visualisation of networks of {VISUALISED}", evidence)]
    else:
        mark = badge(evidence, found.roles)
        blocks = [
            Paragraph(
                f"These pictures show the networks of a single draw, draw {found.draw} of "
                f"{found.study}, and a source network each: they illustrate and prove nothing."
            ),
            _kernels(found, mark),
            _maxima(found, mark),
            *(_similarity(found, source, mark) for source in found.sources),
            *(_classes(found, source, mark) for source in found.sources),
        ]
    return Section("networks", "Inside the networks", blocks)


def _kernels(found: Visualisation, mark: str) -> Picture:
    return Picture(
        "networks-kernels",
        found.figures["kernels"],
        "Kernels of the first layer of networks from scratch, from "
        f"{' and from '.join(found.sources)}: before on the left, after training on the right",
        f"Kernels of the first layer, draw {found.draw}: of the source network on the left, "
        "after training on the labelled images on the right, the same kernel at the same place. "
        "Mid-grey is zero, black negative, white positive, on one scale in a row. From scratch "
        "there is no source.",
        mark,
    )


def _maxima(found: Visualisation, mark: str) -> Picture:
    return Picture(
        "networks-maxima",
        found.figures["maxima"],
        "Images that excite each filter of each convolution most, for the network from scratch "
        f"and those from {' and from '.join(found.sources)}",
        f"Activation maximisation, draw {found.draw}: for every filter the image that gradient "
        "ascent from the same noise finds to raise the filter's mean activation. Where noise "
        "is left, the filter is hardly active on it. All white: it responds to brightness alone. "
        "Light blue: no image was found, since it is never active.",
        mark,
    )


def _similarity(found: Visualisation, source: str, mark: str) -> Picture:
    same = "; ".join(
        f"{row['before']} {row['cka']:.2f}"
        for row in found.similarity
        if row["source"] == source and row["before"] == row["after"]
    )
    return Picture(
        f"networks-similarity-{source}",
        found.figures[f"similarity-{source}"],
        f"Similarity of layers before and after fine-tuning from {source}; of a layer with "
        f"itself: {same}",
        f"Linear CKA (Kornblith et al. 2019), debiased, between the layers of the network "
        f"pretrained on {source} and of the same network after fine-tuning, draw {found.draw}, "
        f"on {found.images} validation images of the target. 1: alike up to rotation and scale; "
        "0: unrelated. The last layer is taken before its softmax.",
        mark,
    )


def _classes(found: Visualisation, source: str, mark: str) -> Picture:
    target = found.roles[0]
    return Picture(
        f"networks-classes-{source}",
        found.figures[f"classes-{source}"],
        f"Classes of {source} and of {target} in two dimensions, in the features of the network "
        f"pretrained on {source}",
        f"Validation images of {source} and of {target} in the features of the network pretrained "
        f"on {source}, before it has seen any of {target}: what its last layer is given, on the "
        "first two principal components of both sets together. Dots: images; names: the means of "
        "their classes.",
        mark,
    )
