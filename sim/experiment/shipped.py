"""Checksums of the shipped posteriors, which were made before `calibration.json` held its own."""

SHIPPED = {
    "historical-either": (
        "9fadbbe068aac1b00661b05086294081b65a3139f768fcc4ddc0345c5bcb8934",
        "5098e48e7805c17dd57851af1dfb167837b90ddf40fe6a02c2477b6fc2dd4a68",
    ),
    "historical-either-without-deutscher": (
        "571aabeccbf829e8ef529e3d1cdc57c2b71cc86700afec71e128279402c5bbae",
        "0ddaa7275d1427fef15f046f9a771c51f98ca2cad9bda4d70de4637ca0398f74",
    ),
    "historical-either-without-fagan": (
        "43bf12cd1789cdff26131870ae826e5e9824475f5274380a590b30e7fedff366",
        "88816bf7e0754900eb801ee977b906be162327a58a7db757574fb6f0835e4ce0",
    ),
    "historical-greene-deutscher": (
        "1b0b0409eab165a1bd3135d5f6dc10b66ed84d18f38bb2c623f046ce94e0a19d",
        "9e7c51cc9832b548aceb2cb161914b173979522fa60f0f3dec37a354693e1300",
    ),
    "historical-greene-deutscher-without-deutscher": (
        "446cd41db9f8927e74603b5b02f498f8d6d0967dfcf732863cf7668d6c2137d5",
        "77a56110bba09b9b8927cc8c9f46570ed74db6fe7f02d32c710b461527684faa",
    ),
    "historical-longuet": (
        "a9191bf4755db7614db09c98f2c041ab9030e31188039374278afed5fea405a8",
        "0206a4aa89e995e76e3dc5f0156543ed7b96b14809900f7e764f339d63e2a261",
    ),
    "historical-longuet-without-greene": (
        "c5c2abd93849ec4d10bd1a92e8bcf0f6c9a639904fc4fdc68550e38fa5e6ad72",
        "22ca96b1ba002cb94d9b35fff2428587e7c36ad2875787292648cfea192a7dad",
    ),
    "historical-longuet-without-leblanc": (
        "27629a2c22aaeb649952770c54b28e0d254b11b01d9de49250099c22aaab5452",
        "0330e7fc479893d14031f44ed2973eba887ad8c83d3d90ff631b8619c207a0d0",
    ),
}
"""Of the draws and of what is said about them, by folder; a calibration made anew needs none."""
