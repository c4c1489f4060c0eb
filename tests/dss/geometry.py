"""Do two footprints meet, does one cover another: True, False, or None near the bound, where either answer is right. Plain vectors on a sphere; the
earth's flattening and the standard's roundoff are the margin. An edge is a great circle, which the gnomonic projection makes a straight line."""
import math

R = 6371008.8
SPHERE = 0.006  # what a mean sphere is off by, of any distance


def unit(lat, lng):
    lat, lng = math.radians(lat), math.radians(lng)
    return (math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat))


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a):
    return math.sqrt(dot(a, a))


def scaled(a, by):
    return (a[0] * by, a[1] * by, a[2] * by)


def distance(a, b):
    """Metres between unit vectors."""
    return R * math.atan2(length(cross(a, b)), dot(a, b))


class Shape:
    """A circle (one point and a radius), a polygon, or a line (a polygon without area)."""

    def __init__(self, points, radius=0.0):
        self.points = [unit(*p) for p in points]
        self.radius = radius
        self.middle = self.points[0] if radius else scaled(total := tuple(map(sum, zip(*self.points))), 1 / length(total))
        self.reach = radius or max(distance(self.middle, p) for p in self.points)

    def samples(self):
        """Points of it, its bound among them."""
        if not self.radius:
            yield from self.points
            yield self.middle if inside(self.middle, self) else self.points[0]
            return
        yield self.middle
        east, north = frame(self.middle)
        for step in range(12):
            angle, far = step * math.pi / 6, self.radius / R
            yield tuple(math.cos(far) * m + math.sin(far) * (math.cos(angle) * e + math.sin(angle) * n) for m, e, n in zip(self.middle, east, north))


def frame(middle):
    pole = (0, 0, 1) if abs(middle[2]) < 0.9 else (1, 0, 0)
    east = cross(pole, middle)
    east = scaled(east, 1 / length(east))
    return east, cross(middle, east)


def flat(points, middle):
    """In metres on the plane that touches the sphere at `middle`; only what lies on the same half of the earth."""
    east, north = frame(middle)
    return [(R * dot(p, east) / dot(p, middle), R * dot(p, north) / dot(p, middle)) for p in points]


def edges(flat_points):
    return list(zip(flat_points, flat_points[1:] + flat_points[:1]))


def to_edge(x, y, edge):
    (ax, ay), (bx, by) = edge
    ux, uy = bx - ax, by - ay
    size = ux * ux + uy * uy
    t = 0 if size == 0 else max(0.0, min(1.0, ((x - ax) * ux + (y - ay) * uy) / size))
    return math.hypot(ax + t * ux - x, ay + t * uy - y)


def side(a, b, p):
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def crossing(one, two):
    (a, b), (c, d) = one, two
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def inside(point, polygon):
    """By parity; a point far from its bound."""
    if dot(point, polygon.middle) <= 0:
        return False
    odd = False
    for (ax, ay), (bx, by) in edges(flat(polygon.points, point)):
        if (ay > 0) != (by > 0) and ax + (bx - ax) * (0 - ay) / (by - ay) > 0:
            odd = not odd
    return odd


def from_bound(point, polygon):
    return min(to_edge(0, 0, e) for e in edges(flat(polygon.points, point)))


def apart(a, b):
    """Metres between them, below zero by how deep they are in each other (a lower bound of that), as far as a sphere tells."""
    if a.radius and b.radius:
        return distance(a.middle, b.middle) - a.radius - b.radius
    if a.radius:
        return (-from_bound(a.middle, b) if inside(a.middle, b) else from_bound(a.middle, b)) - a.radius
    if b.radius:
        return apart(b, a)
    ea, eb = edges(flat(a.points, a.middle)), edges(flat(b.points, a.middle))
    deep = [from_bound(p, b) for p in a.points if inside(p, b)] + [from_bound(p, a) for p in b.points if inside(p, a)]
    deep += [min(from_bound(p, a), from_bound(p, b)) for p in (a.middle, b.middle) if inside(p, a) and inside(p, b)]
    if deep or any(crossing(x, y) for x in ea for y in eb):
        return -max(deep, default=0) or -1000.0
    return min([to_edge(*p, e) for x in ea for p in x for e in eb] + [to_edge(*p, e) for x in eb for p in x for e in ea])


def meet(one, two, margin=20.0, slack=0.0):
    """Of lists of shapes. `slack`: metres by which a match is allowed though they do not meet."""
    answer = False
    for a in one:
        for b in two:
            centres = distance(a.middle, b.middle)
            if centres > 1.02 * (a.reach + b.reach) + margin + slack:
                continue
            gap, unsure = apart(a, b), margin + SPHERE * (a.reach + b.reach)
            if gap < -unsure:
                return True
            if gap <= unsure + slack:
                answer = None
    return answer


def one_covers(a, b):
    unsure = 20.0 + SPHERE * (a.reach + b.reach)
    if a.radius:
        deep = min(a.radius - distance(a.middle, p) for p in b.points) - b.radius
    elif b.radius:
        deep = (from_bound(b.middle, a) if inside(b.middle, a) else -from_bound(b.middle, a)) - b.radius
    else:
        ea, eb = edges(flat(a.points, a.middle)), edges(flat(b.points, a.middle))
        deep = min(from_bound(p, a) if inside(p, a) else -from_bound(p, a) for p in b.points)
        if any(crossing(x, y) for x in ea for y in eb):
            deep = min(deep, 0)
    return True if deep > unsure else False if deep < -unsure else None


def cover(one, two):
    """Is each of `two` in the union of `one`? None also where only several together may cover it."""
    for b in two:
        if any(distance(a.middle, b.middle) < R and one_covers(a, b) for a in one):
            continue
        for p in b.samples():
            if all(meet([a], [point_shape(p)], 20.0) is False for a in one):
                return False
        return None
    return True


def point_shape(p):
    shape = Shape.__new__(Shape)
    shape.points, shape.radius, shape.middle, shape.reach = [p], 0.001, p, 0.001
    return shape


def square_km(shape):
    """Of a polygon: its area on the sphere."""
    if shape.radius:
        return 2 * math.pi * R * R * (1 - math.cos(shape.radius / R)) / 1e6
    total, first = 0.0, shape.points[0]
    for b, c in zip(shape.points[1:], shape.points[2:]):
        total += 2 * math.atan2(dot(first, cross(b, c)), 1 + dot(first, b) + dot(b, c) + dot(c, first))
    return abs(total) * R * R / 1e6
