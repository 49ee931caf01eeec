"""Fashion-MNIST: photographs of clothes.

| fact | |
|---|---|
| classes | 10: kinds of clothes, shoes and bags |
| images | 60,000 for training, 10,000 for testing; 28x28, white on black |
| orientation | upright; shoes point to the left |
| first label | 0 |
| addresses | `mirrors`, in this order; sizes and digests of the four files are in `forms` |
| licence | MIT |
| citation | Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747 |
| source page | https://github.com/zalandoresearch/fashion-mnist |
"""

from glyph_transfer.images.roles._facts import Role, mnist_forms

ROLE = Role(
    name="fashion",
    title="Fashion-MNIST",
    licence="MIT",
    citation="Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
    source_page="https://github.com/zalandoresearch/fashion-mnist",
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    train_size=60_000,
    test_size=10_000,
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    forms=mnist_forms(
        "fashion",
        "fashion-mnist",
        idx=(
            (
                26421880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            (
                29515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
            (
                4422102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
            (
                5148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ),
    ),
)
