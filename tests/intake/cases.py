"""Everything unfit that a department may send, each with the rule that must refuse it."""

import json
from typing import Final

import shapely

from tests.entities.readers.made import columns, shapefile, squares, write, zipped
from tests.intake.unfit import (
    RING,
    SIDE,
    SOUTH,
    WEST,
    Unfit,
    among,
    archive,
    box,
    city,
    citygml,
    content,
    crs_member,
    cut,
    drawing,
    geojson,
    house,
    inside,
    link,
    locked,
    lying,
    parquet,
    polygon,
    renamed,
    text_of,
    with_vertex,
    written,
    zipped_database,
    zipped_shapefile,
)

GEOJSON: Final = geojson(*map(house, range(30)))
BUILDINGS: Final = {"profile": "buildings"}
MODELS: Final = {"profile": "city-model"}
DRAWINGS: Final = {"profile": "drawing", "crs": "EPSG:4549"}
MOVED: Final = [[y, x] for x, y in box()]

TRUNCATED: Final = (
    Unfit("GeoJSON cut off", "pkg.truncated", cut(0.7)(GEOJSON)),
    Unfit("GeoPackage cut off", "pkg.truncated", cut(0.7)(written("gpkg"))),
    Unfit("FlatGeobuf cut off", "pkg.truncated", cut(0.7)(written("fgb"))),
    Unfit("GeoParquet cut off", "pkg.truncated", cut(0.7)(parquet())),
    Unfit("Shapefile zip cut off", "pkg.truncated", cut(0.7)(zipped_shapefile())),
    Unfit("FileGDB with half a table", "pkg.truncated", inside("parts", zipped_database)),
    Unfit("DXF cut off", "pkg.truncated", cut(0.7)(drawing), wishes=DRAWINGS),
    Unfit("CityJSON cut off", "pkg.truncated", cut(0.7)(content("a.city.json", json.dumps(city()))), wishes=MODELS),
    Unfit("CityJSONSeq cut off", "pkg.truncated", cut(0.7)(content("a.city.jsonl", json.dumps(city()))), wishes=MODELS),
    Unfit("CityGML cut off", "pkg.truncated", cut(0.7)(citygml()), wishes=MODELS),
    Unfit("cut off, nothing said of it", "pkg.truncated", cut(0.7)(written("gpkg")), wishes={}),
)
EMPTY: Final = (
    *(Unfit(f"empty {end}", "pkg.empty", content(f"a.{end}", b"")) for end in ("geojson", "gpkg", "zip", "gml", "dxf")),
    Unfit("no features in GeoJSON", "pkg.empty", geojson()),
    Unfit("no features in GeoPackage", "pkg.empty", lambda folder: write(folder / "a.gpkg", squares(0), columns(0))),
    Unfit("no files in the zip", "pkg.empty", archive()),
    Unfit("no data in the zip", "pkg.complete", archive(("readme.txt", b"nothing"))),
)
FORMATS: Final = (
    Unfit("GeoJSON called .gpkg", "pkg.format.name", renamed(GEOJSON, "a.gpkg")),
    Unfit("GeoPackage called .geojson", "pkg.format.name", renamed(written("gpkg"), "a.geojson")),
    Unfit("PDF called .zip", "pkg.format.unknown", content("a.zip", b"%PDF-1.7 no zip")),
    Unfit("HTML called .gml", "pkg.format", content("a.gml", "<html><body>Not found</body></html>"), wishes=MODELS),
    Unfit("a text file", "pkg.format.unknown", content("a.txt", "Hello")),
    Unfit("TopoJSON", "pkg.format.unknown", content("a.json", '{"type": "Topology", "objects": {}}')),
    Unfit("CityJSON of another version", "pkg.format", content("a.city.json", json.dumps(city(version="0.8")))),
    Unfit("zip with a password", "pkg.locked", locked),
    Unfit("Shapefile without .dbf", "pkg.complete", zipped_shapefile(without=".dbf")),
    Unfit("Shapefile without .shx", "pkg.complete", zipped_shapefile(without=".shx")),
    Unfit("GBK Shapefile that says UTF-8", "attr.encoding.declared", zipped_shapefile(cpg="UTF-8"), row=1),
    Unfit("GeoJSON in GBK", "attr.encoding.json", content("a.geojson", text_of([house()]).encode("gbk"))),
)
SYSTEMS: Final = (
    Unfit("Shapefile without .prj", "pkg.complete", zipped_shapefile(without=".prj")),
    Unfit("GeoPackage without a system", "crs.declared", written("gpkg", crs=None)),
    Unfit("GeoParquet whose system is null", "crs.declared", parquet(crs=None)),
    Unfit("GeoJSON whose system is null", "crs.declared", geojson(house(), crs=None)),
    Unfit("GeoJSON of an unknown system", "crs.unknown", geojson(house(), crs=crs_member("EPSG:999999"))),
    Unfit("GeoPackage of a site grid", "crs.unknown", written("gpkg", crs='LOCAL_CS["site",UNIT["metre",1]]')),
    Unfit("DXF without a system", "crs.declared", drawing, wishes={"profile": "drawing"}),
    Unfit(
        "CityJSON without a system", "crs.declared", content("a.city.json", json.dumps(city(metadata={}))), wishes={}
    ),
    Unfit("CityGML without a system", "crs.declared", citygml(crs=""), wishes=MODELS),
    Unfit("a system nobody knows", "crs.unknown", written("gpkg", crs=None), wishes={"crs": "the usual one"}),
    Unfit("Xi'an 1980", "crs.datum", written("gpkg", crs="EPSG:2384")),
    Unfit("latitude first", "crs.swapped", geojson(house(0, polygon(MOVED))), row=1),
    Unfit("latitude first in one feature", "crs.swapped", among(house(2, polygon(MOVED))), row=3),
    Unfit(
        "northing first",
        "crs.swapped",
        lambda folder: write(folder / "a.gpkg", squares(4, 4_060_000, 500_000)),
        row=1,
    ),
    Unfit("metres called degrees", "crs.range", written("gpkg", crs="EPSG:4490"), row=1),
    Unfit(
        "zone number in the easting",
        "crs.range",
        lambda folder: write(folder / "a.gpkg", squares(4, 40_500_000)),
        row=1,
    ),
)
GEOMETRY: Final = (
    Unfit("NaN in GeoJSON", "geom.finite", among(house(2, polygon([[float("nan"), SOUTH], *box(2)[1:]]))), row=3),
    Unfit("Infinity in GeoJSON", "geom.finite", among(house(2, polygon([[float("inf"), SOUTH], *box(2)[1:]]))), row=3),
    Unfit("NaN in GeoPackage", "geom.finite", with_vertex(1, float("nan")), row=3),
    Unfit("Infinity in GeoPackage", "geom.finite", with_vertex(1, float("inf")), row=3),
    Unfit("NaN in CityGML", "geom.finite", citygml(ring=RING.replace("36.6802", "NaN")), row=1, wishes=MODELS),
    Unfit("open ring in GeoJSON", "geom.form.open", among(house(2, polygon(box(2)[:-1]))), row=3),
    Unfit("open ring in GeoPackage", "geom.form.open", with_vertex(4, 500_121.5), row=3),
    Unfit("open ring in CityGML", "geom.form.open", citygml(ring=RING.rpartition(" 36.68")[0]), row=1, wishes=MODELS),
    Unfit("ring of two corners", "geom.form.few", among(house(2, polygon([box(2)[0], box(2)[1], box(2)[0]]))), row=3),
    Unfit("bow tie", "geom.valid", among(house(2, polygon([box(2)[i] for i in (0, 2, 1, 3, 0)]))), row=3),
    Unfit("hole outside", "geom.valid.hole", among(house(2, polygon(box(2), box(5)))), row=3),
    Unfit("ring that goes back on itself", "geom.valid", among(house(2, polygon([*box(2)[:3], *box(2)[1:]]))), row=3),
    Unfit("no geometry", "geom.empty", among((None, house(2)[1])), row=3),
    Unfit("a house as a line", "geom.kind", among(house(2, {"type": "LineString", "coordinates": box(2)})), row=3),
    Unfit("a circle", "geom.form", among(house(2, {"type": "Circle", "coordinates": [WEST, SOUTH]})), row=3),
    Unfit(
        "too many vertices",
        "geom.size",
        among(house(2, shapely.geometry.mapping(shapely.Point(WEST + 0.01, SOUTH).buffer(SIDE, 500)))),
        row=3,
    ),
)
ATTRIBUTES: Final = (
    Unfit("no heights", "model.height", geojson(*(house(number, height=...) for number in range(3))), row=1),
    Unfit("a height that is no number", "attr.type", among(house(2, height="tall")), row=3),
    Unfit("a height below zero", "model.tall", among(house(2, height=-3)), row=3),
    Unfit("an elevation for a height", "model.tall", among(house(2, height=4000)), row=3),
    Unfit("a class that is not in the table", "class.unknown", among(house(2, ClassID="999999")), row=3),
    Unfit("a group for a class", "class.group", among(house(2, ClassID="310000")), row=3),
    Unfit("no class", "profile.class", geojson(house(0)), wishes={"profile": "standard"}),
    Unfit("a word for a kind of change", "attr.enum", among(house(2, CHANGETYPE="搬走")), row=3),
    Unfit("control characters", "attr.text", among(house(2, NAME="历山\u0007路")), row=3),
    Unfit("letters that were lost", "attr.encoding", among(house(2, NAME="锟斤拷")), row=3),
    Unfit("a novel for a name", "attr.length", among(house(2, NAME="路" * 5000)), row=3),
    Unfit("valid from 2999", "time.valid.future", among(house(2, valid_from="2999-01-01")), row=3),
    Unfit("valid from 1066", "time.valid.early", among(house(2, valid_from="1066-10-14")), row=3),
    Unfit("valid from soon", "time.valid", among(house(2, valid_from="soon")), row=3),
    Unfit("a survey of 2999", "time.valid.future", geojson(house(0)), wishes={**BUILDINGS, "valid_from": "2999-01-01"}),
)
CODES: Final = (
    Unfit("the same id twice", "code.unique.source", among(house(2, FEATID="F001")), row=3),
    Unfit(
        "one entity code twice",
        "code.unique",
        among(house(2, EntityID="{standing}"), house(3, EntityID="{standing}")),
        row=4,
    ),
    Unfit("a retired entity code", "code.retired", among(house(2, EntityID="{retired}")), row=3),
    Unfit("an entity code never issued", "code.unknown", among(house(2, EntityID="{unissued}")), row=3),
    Unfit("a mistyped entity code", "code.form.check", among(house(2, EntityID="{mistyped}")), row=3),
    Unfit("new, with a code", "change.create", among(house(2, EntityID="{standing}", CHANGETYPE="新增")), row=3),
    Unfit(
        "outside the territory", "scope.owner", among(house(2, polygon(box(0, west=WEST + 1)))), row=3, sender="west"
    ),
    Unfit(
        "a metre of it within",
        "scope.owner",
        among(house(2, polygon(box(0, 0.002, WEST + 0.49999)))),
        row=3,
        sender="west",
    ),
)
HARM: Final = (
    Unfit("zip that leads out", "pkg.path", archive(("../evil.shp", b"x"))),
    Unfit("zip that leads out, as Windows writes it", "pkg.path", archive(("..\\evil.shp", b"x"))),
    Unfit("zip to the root", "pkg.path", archive(("/etc/evil.shp", b"x"))),
    Unfit("zip with a link", "pkg.path", archive((link("houses.shp"), b"/etc/passwd"))),
    Unfit("zip bomb", "pkg.bomb", archive(("houses.dbf", bytes(40 << 20)))),
    Unfit("zip of many files", "pkg.bomb", archive(*((f"{n}.shp", b"x") for n in range(60)))),
    Unfit("zip that lies", "pkg.truncated", lying),
    Unfit(
        "CityGML with an external entity",
        "pkg.entity",
        citygml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        wishes=MODELS,
    ),
    Unfit("CityGML with a DTD", "pkg.entity", citygml('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">'), wishes=MODELS),
    Unfit(
        "CityGML with laughs",
        "pkg.entity",
        citygml('<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>', "&b;"),
        wishes=MODELS,
    ),
)
SIZES: Final = (
    Unfit(
        "larger than the limit",
        "pkg.size",
        content("a.geojson", text_of([house()]) + " " * 500_000),
        status=413,
        rule_over_http="request.large",
    ),
    Unfit("more features than the limit", "pkg.count", geojson(*(house(number) for number in range(500)))),
    Unfit(
        "more features than the limit, counted",
        "pkg.count",
        lambda folder: write(folder / "a.gpkg", squares(500), columns(500)),
    ),
)
WISHES: Final = (
    Unfit(
        "a profile that is not there",
        "param.value",
        geojson(house()),
        wishes={"profile": "mine"},
    ),
    Unfit(
        "two layers and none named",
        "pkg.layer",
        lambda folder: write(write(folder / "a.gpkg", layer="houses"), layer="sheds", append=True),
    ),
    Unfit("a layer that is not there", "pkg.layer", written("gpkg"), wishes={**BUILDINGS, "layer": "sheds"}),
    Unfit(
        "two Shapefiles in a zip",
        "pkg.layer",
        lambda folder: zipped(folder / "a.zip", *shapefile(folder, "a"), *shapefile(folder, "b")),
    ),
    Unfit("complete in nowhere", "scope.unknown", geojson(house()), wishes={**BUILDINGS, "complete_in": "999999"}),
    Unfit("a class that is no code", "class.unknown", geojson(house()), row=1, wishes={"class": "999999"}),
    Unfit("a survey of no day", "time.valid", geojson(house()), wishes={"valid_from": "soon"}, status=422),
)
CASES: Final = (
    *(*TRUNCATED, *EMPTY, *FORMATS, *SYSTEMS, *GEOMETRY, *ATTRIBUTES, *CODES, *HARM, *SIZES, *WISHES),
)  # fmt: skip
