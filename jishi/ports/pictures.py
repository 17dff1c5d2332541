"""Turns an uploaded picture into two safe WebP pictures, or refuses it with a stable code.

Pure CPU work without I/O, meant for a process pool: everything here can be imported, called and pickled anywhere.
Every pixel is encoded anew, so nothing of the upload but its look survives: no EXIF, no place, no comment, no
profile, no hidden second file. Size is read from the header and refused before a single pixel is decoded.
"""

import io
import struct
import warnings
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps

BYTES_MAX = 8 * 1024 * 1024  # our default
PIXELS_MAX = 40_000_000  # our default
SIDE_MIN = 200  # our default
MAIN_SIDE_MAX = 1600
THUMB_SIDE_MAX = 400
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # no SVG: it is a program, not a picture

CODES = ("picture_too_large", "picture_not_a_picture", "picture_too_small", "picture_animated")


class PictureRefused(Exception):
    """The upload cannot become a picture; `code` is one of CODES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Picture(NamedTuple):
    """WebP bytes of the main picture and its thumbnail; width and height are the main picture's, in pixels."""

    main: bytes
    thumb: bytes
    width: int
    height: int


def clean(data: bytes) -> Picture:
    """Re-encode an upload as WebP (main at most 1600, thumb at most 400 pixels a side). Raises PictureRefused."""
    if len(data) > BYTES_MAX or _webp_pixels(data) > PIXELS_MAX:
        raise PictureRefused("picture_too_large")
    with warnings.catch_warnings():
        # Pillow warns between its two own limits; ours is lower than both, so either means the same refusal.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _refuse_by_header(image)
                main = _upright(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PictureRefused("picture_too_large") from None
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, struct.error):
            # Pillow's decoders answer damaged input with any of these.
            raise PictureRefused("picture_not_a_picture") from None
    main.thumbnail((MAIN_SIDE_MAX, MAIN_SIDE_MAX), Image.Resampling.LANCZOS)
    thumb = main.copy()
    thumb.thumbnail((THUMB_SIDE_MAX, THUMB_SIDE_MAX), Image.Resampling.LANCZOS)
    return Picture(_webp(main), _webp(thumb), main.width, main.height)


def _refuse_by_header(image: Image.Image) -> None:
    if image.width * image.height > PIXELS_MAX:
        raise PictureRefused("picture_too_large")
    if min(image.size) < SIDE_MIN:
        raise PictureRefused("picture_too_small")
    # A telephone's JPEG may carry a second view (MPO): that is one picture, not a film.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise PictureRefused("picture_animated")


def _upright(image: Image.Image) -> Image.Image:
    """Decoded, turned as its EXIF says, in sRGB, as RGB or RGBA with nothing else attached."""
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (MAIN_SIDE_MAX, MAIN_SIDE_MAX))  # lets the decoder skip detail nobody will see
    image.load()
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    plain = _in_srgb(turned, profile)
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode.startswith("I"):  # sixteen bits of grey: keep the upper eight
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image.convert(mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        alpha = image.getchannel("A") if mode == "RGBA" and image.mode == "RGBA" else None
        colours = image.convert("RGB") if alpha else image
        converted = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image.convert(mode)  # a damaged profile costs a shade of colour, not the upload
    if alpha:
        converted.putalpha(alpha)
    return converted


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _webp_pixels(data: bytes) -> int:
    """Pixels that a WebP header announces, 0 for anything else: its decoder reserves memory when merely opened."""
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 0
    kind = data[12:16]
    if kind == b"VP8X":
        return (1 + int.from_bytes(data[24:27], "little")) * (1 + int.from_bytes(data[27:30], "little"))
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (1 + (bits & 0x3FFF)) * (1 + (bits >> 14 & 0x3FFF))
    width, height = struct.unpack("<HH", data[26:30])
    return (width & 0x3FFF) * (height & 0x3FFF)
