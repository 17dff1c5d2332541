"""Uploads become clean WebP pictures; whatever is not a picture, or too much of one, is refused by code."""

import io
import pickle
import struct
import zlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from jishi.ports.pictures import CODES, PictureRefused, clean

PLANTED = b"PLANTED-Cangwu-Lane-7"


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def two_halves(width=600, height=400):
    """Left red, right blue: shows which way up a picture came out."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    return image


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refusal(data):
    with pytest.raises(PictureRefused) as caught:
        clean(data)
    return caught.value.code


def test_place_and_author_are_gone_and_the_turn_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    exif[0x013B] = PLANTED.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 9.0), 3: "E", 4: (121.0, 28.0, 5.0)})
    upload = encoded(two_halves(), "JPEG", exif=exif, comment=PLANTED, quality=95)
    assert PLANTED in upload and opened(upload).getexif().get_ifd(0x8825)

    picture = clean(upload)

    assert (picture.width, picture.height) == (400, 600)
    for data in (picture.main, picture.thumb):
        image = opened(data)
        assert image.format == "WEBP" and not image.getexif() and PLANTED not in data
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        assert b"EXIF" not in data and b"XMP " not in data and b"ICCP" not in data
    top, bottom = opened(picture.main).getpixel((200, 50)), opened(picture.main).getpixel((200, 550))
    assert top[0] > 150 > top[2] and bottom[2] > 150 > bottom[0]


def test_text_chunks_and_what_is_appended_are_gone():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", PLANTED.decode())
    upload = encoded(two_halves(), "PNG", pnginfo=notes) + b"PK\x03\x04" + PLANTED
    picture = clean(upload)
    assert PLANTED in upload and PLANTED not in picture.main + picture.thumb


def test_large_pictures_are_scaled_and_small_ones_kept():
    picture = clean(encoded(two_halves(4000, 2000), "JPEG"))
    assert (picture.width, picture.height) == (1600, 800)
    assert opened(picture.thumb).size == (400, 200)
    assert clean(encoded(two_halves(300, 200), "PNG"))[2:] == (300, 200)


def test_transparency_stays_and_other_colour_models_arrive():
    glass = Image.new("RGBA", (300, 300), (10, 120, 60, 0))
    assert opened(clean(encoded(glass, "PNG")).main).getpixel((9, 9))[3] == 0
    ink = Image.new("CMYK", (300, 300), (0, 255, 255, 0))
    red = opened(clean(encoded(ink, "JPEG")).main).getpixel((9, 9))
    assert red[0] > 180 and red[2] < 90
    grey = Image.new("I;16", (300, 300), 32768)
    assert 120 <= opened(clean(encoded(grey, "PNG")).main).getpixel((9, 9))[0] <= 136


def test_a_colour_profile_is_applied_and_a_damaged_one_ignored():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for planted in (profile, b"not a profile" * 20):
        picture = clean(encoded(two_halves(), "PNG", icc_profile=planted))
        assert opened(picture.main).getpixel((50, 50))[0] > 150
        assert "icc_profile" not in opened(picture.main).info


@pytest.mark.parametrize("upload", [
    b"", b"hello, I am text that was renamed to photo.jpg\n" * 40,
    b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"><script>alert(1)</script></svg>',
    b"\xff\xd8\xff\xe0" + b"\x00" * 200, b"RIFF\x20\x00\x00\x00WEBPVP8X" + b"\x00" * 40,
    b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
], ids=["empty", "text", "svg", "jpeg head", "webp head", "png head"])
def test_what_is_not_a_picture_is_refused(upload):
    assert refusal(upload) == "picture_not_a_picture"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(kind):
    noise = Image.effect_noise((500, 500), 80).convert("RGB")
    whole = encoded(noise, kind)
    assert refusal(whole[: len(whole) // 2]) == "picture_not_a_picture"


def png_announcing(width, height):
    """A few bytes that promise a picture of this size."""
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b""))


def webp_announcing(side):
    body = b"\x00\x00\x00\x00" + (side - 1).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + body


@pytest.mark.parametrize("upload", [png_announcing(8000, 8000), png_announcing(12_000, 12_000),
                                    png_announcing(60_000, 60_000), webp_announcing(16_000),
                                    b"\xff\xd8\xff" + b"\x00" * (8 * 1024 * 1024)],
                         ids=["64 MP", "144 MP", "3600 MP", "webp 256 MP", "9 MB"])
def test_a_bomb_is_refused_before_it_is_decoded(upload, monkeypatch):
    decoded = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: decoded.append(image.size))
    assert refusal(upload) == "picture_too_large"
    assert decoded == []


def test_tiny_pictures_are_refused():
    assert refusal(encoded(two_halves(199, 900), "PNG")) == "picture_too_small"
    assert refusal(encoded(two_halves(1, 1), "GIF")) == "picture_too_small"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_films_are_refused(kind):
    upload = encoded(two_halves(), kind, save_all=True, append_images=[two_halves().rotate(180)])
    assert refusal(upload) == "picture_animated"


def test_a_second_view_beside_the_picture_is_not_a_film():
    upload = encoded(two_halves(), "MPO", save_all=True, append_images=[two_halves().rotate(180)])
    assert clean(upload)[2:] == (600, 400)


def test_it_runs_in_another_process_and_its_refusal_travels_back():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(clean, encoded(two_halves(), "PNG")).result(60).width == 600
        with pytest.raises(PictureRefused) as caught:
            pool.submit(clean, b"text").result(60)
    assert caught.value.code == "picture_not_a_picture"
    assert pickle.loads(pickle.dumps(PictureRefused(CODES[0]))).code == CODES[0]
