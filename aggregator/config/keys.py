"""The keys of feeds.toml as data: loading, error texts and the docs' test use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aggregator.config.clauses import (
    alternatives,
    at_least,
    fields,
    moment,
    near,
    order,
    score,
    title_template,
    weights,
)
from aggregator.config.values import (
    archive_keys,
    archive_style,
    auth,
    boolean,
    content,
    count,
    date_policy,
    duration,
    full_text,
    header_value,
    headers,
    hubs,
    lifetime,
    listen,
    log_form,
    parameters,
    password_hash,
    path_template,
    positive,
    proxy,
    schedule,
    size,
    span,
    text,
    texts,
    url,
    verify,
    zone,
)

Read = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: how its value is read and, in a few words, what it means.

    A secret one may be kept elsewhere, and no error says what it holds.
    """

    read: Read
    means: str
    is_secret: bool = False


def tables(value: object) -> object:
    """Leave tables to the loader, which reads them key by key."""
    return value


SERVICE: Mapping[str, Key] = {
    "data_dir": Key(text, "folder of the database, the archive and the public feeds"),
    "listen": Key(listen, "address and port of the web server"),
    "public_url": Key(url, "how readers reach the web server, written into the feeds"),
    "contact": Key(text, "where a publisher can reach you, sent in the User-Agent"),
    "log": Key(log_form, "how log lines are written"),
    "fetch_threads": Key(positive, "how many sources are fetched at the same time"),
    "workers": Key(positive, "how many processes parse"),
    "prefer": Key(
        texts, "sources whose copy of an article is shown before others', the best first"
    ),
    "max_size": Key(size, "how large the database may be; the oldest articles make room"),
    "hubs": Key(hubs, "hubs that are told of each change of a feed"),
    "allow_private": Key(boolean, "whether hubs may be at a loopback or private address"),
    "archive": Key(boolean, "whether article files are written"),
    "archive_path": Key(path_template, "path of an article file below the archive folder"),
    "archive_keys": Key(archive_keys, "optional front matter keys of article files"),
    "archive_style": Key(archive_style, "the site generator that article files are for"),
}
BACKUP: Mapping[str, Key] = {
    "every": Key(span, "how often the daemon makes a backup; 0s for never"),
    "daily": Key(count, "of how many days the last backup is kept"),
    "weekly": Key(count, "of how many weeks the last backup is kept"),
    "folder": Key(text, "where backups are kept"),
}
ACCESS: Mapping[str, Key] = {
    "headers": Key(headers, "headers of its requests", is_secret=True),
    "auth": Key(auth, "user and password", is_secret=True),
    "token": Key(header_value, "bearer token", is_secret=True),
    "cookie": Key(header_value, "cookie", is_secret=True),
    "proxy": Key(proxy, "HTTP proxy to ask through", is_secret=True),
    "user_agent": Key(header_value, "User-Agent of its requests, in place of our own"),
    "verify": Key(verify, "whether its certificate is checked, or by which CAs"),
}
SOURCE: Mapping[str, Key] = {
    "url": Key(url, "address of the feed", is_secret=True),
    "name": Key(text, "what people see, and the author of its article files"),
    "categories": Key(texts, "categories of its article files"),
    "tags": Key(texts, "words by which outputs choose it"),
    "interval": Key(duration, "how often it is polled"),
    "cron": Key(schedule, "when it is polled, in place of `interval`"),
    "max_interval": Key(duration, "the longest wait that its server can ask for"),
    "timeout": Key(duration, "how long one poll's fetch may take in all"),
    "timezone": Key(zone, "for its dates that name no zone"),
    "language": Key(text, "language of its articles where they state none"),
    "future_dates": Key(date_policy, "what becomes of dates in the future"),
    "old_dates": Key(date_policy, "what becomes of dates before 1995"),
    "strip_tracking": Key(boolean, "whether tracking parameters and pixels are taken out"),
    "full_text": Key(full_text, "whether the texts of its articles are read from their pages"),
    "keep": Key(lifetime, "how long its articles are kept after they were first seen"),
    "keep_articles": Key(positive, "how many of its articles are kept, the newest"),
    "keep_size": Key(size, "how much text of its articles is kept, the newest"),
    "keep_revisions": Key(count, "how many former versions of each article are kept"),
    "image": Key(url, "lead image of its articles that have none"),
    "allow_private": Key(boolean, "whether it may be at a loopback or private address"),
    **ACCESS,
}
HOST: Mapping[str, Key] = {
    "connections": Key(positive, "how many requests at the same time"),
    "delay": Key(span, "least time between two requests; twice as long at most"),
}
OUTPUT: Mapping[str, Key] = {
    "title": Key(text, "title of the feed"),
    "description": Key(text, "one sentence about the feed"),
    "any": Key(texts, "terms of which at least one must match"),
    "all": Key(alternatives, "terms that must each match; a nested list is an OR"),
    "none": Key(texts, "terms of which none may match"),
    "at_least": Key(at_least, "so many different terms of a list"),
    "near": Key(near, "terms of two lists close to each other"),
    "weights": Key(weights, "what each term found adds to the score"),
    "score": Key(score, "the least score, and how much each field counts"),
    "fields": Key(fields, "only look for terms there"),
    "base": Key(text, "another output, which has to keep the article as well"),
    "sources": Key(texts, "only these sources"),
    "source_tags": Key(texts, "only sources with one of these tags"),
    "outputs": Key(texts, "only what one of these outputs keeps"),
    "not_sources": Key(texts, "not these sources"),
    "lang": Key(texts, "only these languages"),
    "author": Key(texts, "only by one of these authors"),
    "category": Key(texts, "only in one of these categories"),
    "has_image": Key(boolean, "only with a lead image, or only without"),
    "since": Key(moment, "only from this date on"),
    "until": Key(moment, "only before this date"),
    "max_age": Key(duration, "only articles younger than this"),
    "min_chars": Key(count, "only articles with at least so many characters of text"),
    "max_chars": Key(count, "only articles with at most so many characters of text"),
    "limit": Key(positive, "how many articles the feed shows"),
    "order": Key(order, "what the feed shows first"),
    "keep": Key(lifetime, "how long its articles are kept, whatever their sources say"),
    "keep_articles": Key(positive, "how many of its articles are kept likewise, the newest"),
    "keep_size": Key(size, "how much text of its articles is kept likewise"),
    "dedupe": Key(boolean, "whether it shows one article of several copies"),
    "new_only": Key(boolean, "whether another rule holds for new articles only"),
    "entry_title": Key(title_template, "title of each entry, with names in braces"),
    "content": Key(content, "whether its entries are the full texts or summaries"),
    "proxy_images": Key(boolean, "whether the pictures of its entries come through our server"),
    "private": Key(boolean, "whether its address has a token in it that nobody can guess"),
    "auth": Key(auth, "user and password that its readers need", is_secret=True),
    "hubs": Key(hubs, "hubs that are told of its changes, in place of those of all outputs"),
}
URLS: Mapping[str, Key] = {
    "drop": Key(parameters, "parameters that never tell which page it is"),
    "hosts": Key(tables, "what is special about the URLs of a host"),
}
WEB: Mapping[str, Key] = {
    "edit": Key(boolean, "whether the workbench may write into feeds.toml"),
    "password": Key(
        password_hash, "what lets others than this machine see all pages", is_secret=True
    ),
}
TABLES: Mapping[str, Mapping[str, Key]] = {
    "service": SERVICE,
    "backup": BACKUP,
    "web": WEB,
    "defaults": {name: key for name, key in SOURCE.items() if name != "url"},
    "hosts": HOST,
    "urls": URLS,
    "sources": SOURCE,
    "outputs": OUTPUT,
    "terms": {},
}
