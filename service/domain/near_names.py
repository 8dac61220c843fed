"""How near a mistyped name is to another."""


def edits(one: str, other: str) -> int:
    """How many letters have to be added, removed, replaced or swapped with their neighbour to make one name another."""
    rows = [list(range(len(other) + 1))]
    for place, letter in enumerate(one, 1):
        row = [place]
        for column, wanted in enumerate(other, 1):
            row.append(min(rows[-1][column] + 1, row[-1] + 1, rows[-1][column - 1] + (letter != wanted)))
            if place > 1 and column > 1 and (letter, one[place - 2]) == (other[column - 2], wanted):
                row[-1] = min(row[-1], rows[-2][column - 2] + 1)
        rows.append(row)
    return rows[-1][-1]
