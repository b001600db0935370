"""Names of customers that do not exist: put together from words made up for this purpose, in many scripts."""
# ruff: noqa: RUF001  (other scripts are what this file is about)

from random import Random

import msgspec

from services.feeding.fields import MAX_TEXT


class _Names(msgspec.Struct, frozen=True):
    """A frame for names, and what fills it: proper names nobody has, trades, and where it takes one a legal form."""

    frame: str
    proper_names: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...] = ("",)

    def pick(self, rng: Random) -> str:
        """Return one name."""
        return self.frame.format(rng.choice(self.proper_names), rng.choice(self.trades), rng.choice(self.forms))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


_LATIN = _Names(
    "{0} {1} {2}",
    _words(
        "Brindlemoor, Kestvale, Ormswick, Pellaroo, Zandrelle, Fennickby, Halvornis, Lumbrixa, Mirrowen, Nordevalla,"
        "Orlibanq, Quorvane, Rastolind, Sundrakken, Tesselbrook, Ulvenholt, Wexmoorfield, Yarrowbyte, Caldrithe,"
        "Dunmarrow, Eskerlyn, Farrowmere, Grindelwick, Hollinsway, Istravane, Jorvenna, Krellbridge, Lanternfall,"
        "Murkwater, Nettlecombe, Oxlarkin, Pinnacroft, Quillbeckon, Ravelstone, Skerrivane, Thornquay, Umberlake,"
        "Velmorrow, Windlecote, Yewhaven, Ælfbrook, Çelvane, Éclairval, Müggelsund, Ørslunde, Škrivan, Żurawnik"
    ),
    _words(
        "Analytics, Logistics, Robotics, Biosystems, Materials, Publishing, Diagnostics, Freight, Optics, Energy,"
        "Foods, Instruments, Studios, Mobility, Acoustics, Surveying, Geodata, Ceramics, Textiles, Aquaculture,"
        "Software, Networks, Insurance Services, Clinical Research, Marine Works, & Daughters, Cooperative, Holdings"
    ),
    _words("Inc., LLC, Ltd., GmbH, AG, S.A., S.r.l., AB, A/S, B.V., Oy, Sp. z o.o., Pty Ltd, plc"),
)
_WORLD = (
    _Names(
        "株式会社{0}{1}", _words("青霧, 白樺原, 星灘, 朝凪丘, 雪椿沢, 月見浜"), _words("製作所, 物流, 情報設計, 電子")
    ),
    _Names("{0}{1}有限公司", _words("云杉岭, 晨远帆, 碧泉湾, 霜叶川, 松涛岸"), _words("数据科技, 智能制造, 供应链")),
    _Names("주식회사 {0}{1}", _words("하늘빛결, 솔바람재, 은여울목, 달무리숲"), _words("데이터, 로보틱스, 물류")),
    _Names("شركة {0} {1}", _words("نجمة الوادي الأزرق, واحة الياسمين البعيد, رمال الفجر"), _words("للتقنية, للنقل")),
    _Names("{0} {1} בע״מ", _words("ענבר הגליל השקט, רוח מדרונות, גלי תכלת רחוקה"), _words("מערכות, לוגיסטיקה")),
    _Names("บริษัท {0}{1} จำกัด", _words("ดาวเหนือพราย, สายหมอกครามใส, ทุ่งแสงทองพราว"), _words("เทคโนโลยี, ขนส่ง")),
    _Names("{0} {1} प्राइवेट लिमिटेड", _words("नीलपथिका, सूर्यधारिणी, हिमकिरणिका"), _words("सॉफ्टवेयर, परिवहन")),
    _Names("ООО «{0} {1}»", _words("Северничье, Лазурогорье, Туманоград, Ёлкинодол"), _words("Данные, Логистика")),
    _Names("{0} {1} Α.Ε.", _words("Θαλασσόνερα, Ανεμοχώρι, Φεγγαρόβραχος"), _words("Λογισμικό, Μεταφορές")),
    _Names("{0} {1} A.Ş.", _words("Işıkderesi, Çağlarovalı, Gümüşpınarca, İğdeyolu"), _words("Yazılım, Lojistik")),
    _Names(
        "Công ty TNHH {0} {1}", _words("Sương Thạch Lam, Đồi Trăng Biếc, Suối Mây Ngàn"), _words("Dữ Liệu, Vận Tải")
    ),
)
_LONG = (
    "The {0} and {1} United {2} and Mutual Aid Society of the Upper and Lower Valleys, formerly the {1} Benevolent "
    "Association of {3} Makers, {3} Menders and {2} of the Eastern Provinces, in voluntary reorganisation"
)
_ONE_IN_LONG, _ONE_IN_WORLD = 50, 8  # so that one screen of the list shows some, and none is full of them


def latin_name(rng: Random) -> str:
    """Return a name in Latin letters, some with accents."""
    return _LATIN.pick(rng)


def world_name(rng: Random) -> str:
    """Return a name in another script, or in Latin letters that fold in ways of their own."""
    return rng.choice(_WORLD).pick(rng)


def long_name(rng: Random) -> str:
    """Return a name of exactly as many characters as a legal name may have."""
    name = _LONG.format(*rng.sample(_LATIN.proper_names, 2), *rng.sample(_LATIN.trades, 2))
    return name[: MAX_TEXT - 1].rstrip().ljust(MAX_TEXT, ".")


def any_name(rng: Random) -> str:
    """Return a name as a list of customers holds them."""
    if rng.randrange(_ONE_IN_LONG) == 0:
        return long_name(rng)
    return world_name(rng) if rng.randrange(_ONE_IN_WORLD) == 0 else latin_name(rng)
