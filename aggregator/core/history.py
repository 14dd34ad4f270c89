"""The pages of an output's history: where one ends, so that it changes no more."""

from collections.abc import Collection, Sequence

PAGE_SIZE = 100  # articles


def page_ends(arrived: Sequence[tuple[int, str]], shown: Collection[str]) -> list[int]:
    """Tell the numbers of the last articles of the pages that are to be closed.

    `arrived` are number and id of the articles behind the last full page, in order of arrival. A
    page is closed when one of them is no longer, or never was, in the document that people
    subscribe to, `shown`: so each article is in that or in a full page. What goes with it is all
    that arrived up to then, `PAGE_SIZE` a page; so pages overlap with that document, and are
    seldom smaller than it.
    """
    left_out = [index for index, (_, one) in enumerate(arrived) if one not in shown]
    if not left_out:
        return []
    ends = range(PAGE_SIZE - 1, left_out[-1], PAGE_SIZE)
    lasts = [*ends, min(len(ends) * PAGE_SIZE + PAGE_SIZE, len(arrived)) - 1]
    return [arrived[index][0] for index in lasts]
