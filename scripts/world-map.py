#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make userspace/cli/world_map.c of the countries of an atlas.

usage: world-map.py ATLAS CODES VERSION DIGEST

ATLAS is countries-50m.json of the npm package world-atlas (TopoJSON of Natural
Earth), CODES iso_3166-1.json of Debian's iso-codes. Borders are simplified where
two countries share them, so that no gaps open between them; the projection is
Equal Earth. The result goes to standard output.
"""
import heapq
import json
import math
import sys

WIDTH = 2000
# Triangles of less than this are not worth a corner, rings not worth to be drawn;
# and what is smaller than that is shown by a circle as well.
CORNER, RING, SMALL = 0.8, 2.0, 60
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = math.sqrt(3) / 2


def equal_earth(lon, lat):
    t = math.asin(M * math.sin(math.radians(lat)))
    t2 = t * t
    t6 = t2 ** 3
    x = math.radians(lon) * math.cos(t) / (
        M * (A1 + 3 * A2 * t2 + t6 * (7 * A3 + 9 * A4 * t2)))
    return x, t * (A1 + A2 * t2 + t6 * (A3 + A4 * t2))


MAX_X = equal_earth(180, 0)[0]
MAX_Y = equal_earth(0, 90)[1]
SCALE = WIDTH / (2 * MAX_X)
HEIGHT = math.ceil(2 * MAX_Y * SCALE)


def project(lon, lat):
    x, y = equal_earth(lon, max(-90, min(90, lat)))
    return (x + MAX_X) * SCALE, (MAX_Y - y) * SCALE


def triangle(a, b, c):
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def simplify(places):
    """Visvalingam: leave out the corner that matters least, again and again."""
    points = [project(lon, lat) for lon, lat in places]
    left = list(range(-1, len(points) - 1))
    right = list(range(1, len(points) + 1))
    dead = [False] * len(points)
    area = {}
    heap = []

    def push(i):
        area[i] = triangle(points[left[i]], points[i], points[right[i]])
        heapq.heappush(heap, (area[i], i))

    for i in range(1, len(points) - 1):
        push(i)
    while heap:
        size, i = heapq.heappop(heap)
        if dead[i] or size != area[i]:
            continue
        if size >= CORNER:
            break
        dead[i] = True
        right[left[i]], left[right[i]] = right[i], left[i]
        for j in (left[i], right[i]):
            if 0 < j < len(points) - 1:
                push(j)
    return [p for p, gone in zip(places, dead) if not gone]


def read_arcs(atlas):
    sx, sy = atlas['transform']['scale']
    tx, ty = atlas['transform']['translate']
    for arc in atlas['arcs']:
        x = y = 0
        places = []
        for dx, dy in arc:
            x += dx
            y += dy
            places.append((x * sx + tx, y * sy + ty))
        yield simplify(unroll(places))


def unroll(places):
    """Go on behind 180 degrees rather than jump to the other end of the map."""
    result = []
    for lon, lat in places:
        if result:
            lon += 360 * round((result[-1][0] - lon) / 360)
        result.append((lon, lat))
    return result


def ring_of(arcs, indexes):
    ring = []
    for i in indexes:
        arc = arcs[i] if i >= 0 else arcs[~i][::-1]
        ring += arc[1:] if ring else arc
    ring = unroll(ring)
    # It goes around the pole.
    if abs(ring[-1][0] - ring[0][0]) > 180:
        ring += [(ring[-1][0], -90), (ring[0][0], -90)]
    return ring


def cut(ring, limit, sign):
    """What of a ring is on one side of a meridian."""
    result = []
    for a, b in zip(ring, ring[1:] + ring[:1]):
        inside = sign * a[0] <= sign * limit
        if inside:
            result.append(a)
        if inside != (sign * b[0] <= sign * limit):
            part = (limit - a[0]) / (b[0] - a[0])
            result.append((limit, a[1] + part * (b[1] - a[1])))
    return result


def on_map(ring):
    """The parts of a ring, each where it is on the map."""
    for turn in (-360, 0, 360):
        part = [(lon + turn, lat) for lon, lat in ring]
        if min(part)[0] < -180 or max(part)[0] > 180:
            part = cut(cut(part, 180, 1), -180, -1)
        if part:
            yield [project(lon, lat) for lon, lat in part]


def measure(ring):
    """Area and centre."""
    area = cx = cy = 0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
        cross = x0 * y1 - x1 * y0
        area += cross
        cx += (x0 + x1) * cross
        cy += (y0 + y1) * cross
    if abs(area) < 1e-9:
        return 0, ring[0]
    return abs(area) / 2, (cx / (3 * area), cy / (3 * area))


def path_of(rings):
    text = ''
    for ring in rings:
        points = []
        for x, y in ring:
            point = (round(x), round(y))
            if not points or points[-1] != point:
                points.append(point)
        if points[0] == points[-1]:
            points.pop()
        if len(points) < 3:
            continue
        text += 'M%d %dl' % points[0]
        steps = ['%d %d' % (b[0] - a[0], b[1] - a[1])
                 for a, b in zip(points, points[1:])]
        text += ' '.join(steps).replace(' -', '-') + 'z'
    return text


def shape(arcs, geometry):
    polygons = geometry['arcs']
    if geometry['type'] == 'Polygon':
        polygons = [polygons]
    rings = [part for polygon in polygons for indexes in polygon
             for part in on_map(ring_of(arcs, indexes))]
    measured = sorted(((measure(ring), ring) for ring in rings),
                      key=lambda m: -m[0][0])
    largest, centre = measured[0][0]
    kept = [ring for (area, _), ring in measured if area >= RING]
    return largest, centre, path_of(kept)


def strings(text):
    width = 68
    return '\n'.join('\t  "%s"' % text[i:i + width]
                     for i in range(0, len(text), width)) or '\t  ""'


HEAD = '''// SPDX-License-Identifier: ISC
/*
 * Made by scripts/world-map.sh; not to be edited.
 *
 * Countries of the world, from the npm package world-atlas %(version)s,
 * countries-50m.json (SHA-256 %(digest)s),
 * Copyright 2013-2019 Michael Bostock, who made it of Natural Earth 4.1.0, 1:50m
 * cultural vectors, which is in the public domain. Borders are those of
 * Natural Earth, which draws who is in control; they take no side in any dispute.
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 */
#include "world_map.h"

const int map_width = %(width)d;
const int map_height = %(height)d;

const struct map_shape map_shapes[] = {
'''


def main():
    atlas_path, codes_path, version, digest = sys.argv[1:]
    with open(atlas_path, encoding='utf-8') as file:
        atlas = json.load(file)
    with open(codes_path, encoding='utf-8') as file:
        codes = {c['numeric']: c['alpha_2'] for c in json.load(file)['3166-1']}
    arcs = list(read_arcs(atlas))
    by_code = {}
    for geometry in atlas['objects']['countries']['geometries']:
        if geometry['type'] is None or not geometry.get('arcs'):
            continue
        # What Natural Earth gives no number has no code of ISO 3166 either.
        code = codes.get(geometry.get('id', ''), '')
        by_code.setdefault(code, []).append(shape(arcs, geometry))
    shapes = []
    for code, parts in sorted(by_code.items()):
        area, (x, y), _ = max(parts)
        path = ''.join(sorted(part[2] for part in parts))
        shapes.append((code, round(x), round(y), area < SMALL, path))
    out = HEAD % {'version': version, 'digest': digest, 'width': WIDTH,
                  'height': HEIGHT}
    for code, x, y, small, path in shapes:
        out += '\t{ "%s", %d, %d, %s,\n%s },\n' % (
            code, x, y, 'true' if small else 'false', strings(path))
    out += '};\n\nconst size_t map_shape_count =\n'
    out += '\tsizeof(map_shapes) / sizeof(map_shapes[0]);\n'
    sys.stdout.write(out)


main()
