"""Search beside SQLite: a lean Whoosh index of words, skeletons, areas and programme pairs.

It stores nothing but each person's id. Every place above a person is a term, so a subtree is one
term, whatever its size; "programme:STATUS" pairs are terms too.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlmodel import Session
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, ID, Schema
from whoosh.index import FileIndex

from core.domain.names import skeleton, tokens
from core.search.ranking import (
    MOST_CANDIDATES,
    Candidate,
    Kind,
    Query,
    allowed_edits,
    find_best,
)
from core.search.vouched import Manifest, SearchUnavailable, VouchedFolder
from core.storage.database import transaction
from core.storage.search_entries import Entry, put_everyone_in_outbox
from core.storage.selection import ROOT_PATH

# ID keeps no frequency and no score; lists of ready words go past its analyser.
_SCHEMA = Schema(person=COLUMN(NumericColumn("i")), token=ID(), sound=ID(), area=ID(), pair=ID())
_FORM = 1  # one more whenever the schema or the rules of core.domain.names change

_Term = tuple[str, str]  # field, word


class WhooshIndex:
    """The index under `data_dir`; one object may serve all threads of a process."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._folder = VouchedFolder(data_dir, "search", _FORM)
        self._manifest: Manifest | None = None
        self._searcher: Any = None
        self._vocabulary: list[str] = []
        self._postings: dict[_Term, Any] = {}
        self._lock = RLock()

    def refresh(self) -> None:
        """Open the newest state. What is missing, broken or not ours is not opened: an empty
        index takes its place and everyone is put into the outbox."""
        with self._lock:
            if self._open_newest():
                return
            with self._folder.writing():
                # Another process may have been between its commit and its manifest.
                if not self._open_newest():
                    self._start_anew()
            self._open_newest()

    def _open_newest(self) -> bool:
        manifest = self._folder.read_manifest()
        if not manifest:
            return False
        if self._searcher is not None and manifest == self._manifest:
            return True
        try:
            if not self._folder.is_true(manifest, known=self._manifest or {}):
                return False
            searcher = FileIndex(self._folder.storage(manifest), schema=_SCHEMA).searcher()
        except FileNotFoundError:  # a writer replaced it in this moment
            return False
        self.close()
        self._searcher, self._manifest = searcher, manifest
        return True

    def _start_anew(self) -> None:
        self.close()
        with transaction() as db:
            put_everyone_in_outbox(db)
        self._folder.empty()
        FileIndex.create(self._folder.storage({}), _SCHEMA)
        self._folder.vouch()

    def apply(self, entries: Sequence[Entry]) -> None:
        """Put these people's entries in the place of what was known of them, in one commit.

        Raises SearchBusy where another process writes for too long.
        """
        self._write([entry.person_id for entry in entries], entries)

    def remove(self, person_ids: Sequence[int]) -> None:
        """Forget these people."""
        self._write(person_ids, ())

    def _write(self, old: Sequence[int], new: Sequence[Entry]) -> None:
        with self._folder.writing():
            manifest = self._folder.read_manifest() or {}
            if not manifest or not self._folder.is_true(manifest, known={}):
                raise SearchUnavailable("The search index is damaged. It is built again shortly.")
            self._folder.sweep(manifest)
            index = FileIndex(self._folder.storage(manifest), schema=_SCHEMA)
            writer = index.writer(limitmb=64)
            with writer:
                _delete(writer, old)
                for entry in new:
                    writer.add_document(**_document(entry))
            self._folder.vouch()

    def find(self, query: Query) -> list[Candidate]:
        """Return the people whose names answer the query, best first, inside the actor's grants."""
        walls = _walls(query)
        met: dict[str, Any] = {}

        def propose(_db: Session, words: list[str], kind: Kind) -> Iterable[int]:
            reader = self._searcher.reader()
            for word in words:
                mask = met.setdefault(word, np.zeros(reader.doc_count_all(), bool))
                for field, term in self._terms(word, kind):
                    mask[self._documents(field, term)] = True
            documents = np.flatnonzero(np.logical_and.reduce([met[word] for word in words]))
            if not documents.size:
                return []
            person = reader.column_reader("person")
            inside = _inside(reader, documents.tolist(), walls)
            return [person[at] for at in islice(inside, MOST_CANDIDATES)]

        with self._lock:
            self.refresh()
            return find_best(query, propose)

    def _terms(self, word: str, kind: Kind) -> list[_Term]:
        """Return the indexed terms that meet `word` by exactly this kind."""
        if kind is Kind.SOUND:
            return [("sound", skeleton(word))]
        if kind is Kind.EXACT:
            return [("token", word)]
        if kind is Kind.PREFIX:
            begun = self._searcher.reader().expand_prefix("token", word)
            return [("token", longer.decode()) for longer in begun]
        slips = allowed_edits(word)
        near = process.extract(
            word, self._words(), scorer=OSA.distance, score_cutoff=slips, limit=None if slips else 0
        )
        return [("token", found) for found, _, _ in near]

    def _words(self) -> list[str]:
        """Return every indexed word; read once for each state of the index."""
        if not self._vocabulary:
            lexicon = self._searcher.reader().lexicon("token")
            self._vocabulary = [term.decode() for term in lexicon]
        return self._vocabulary

    def _documents(self, field: str, term: str) -> Any:  # noqa: ANN401 - a numpy array
        """Return the documents of one term; kept for each state of the index."""
        if (field, term) not in self._postings:
            found = _postings(self._searcher.reader(), field, term)
            ids = found.all_ids() if found else ()
            self._postings[field, term] = np.fromiter(ids, np.int32)
        return self._postings[field, term]

    def person_ids(self) -> set[int]:
        """Return everybody the index knows."""
        with self._lock:
            self.refresh()
            reader = self._searcher.reader()
            people = _people(reader)
            return {int(people[at]) for at in reader.all_doc_ids()}

    def count(self) -> int:
        """Return how many people the index knows."""
        with self._lock:
            self.refresh()
            return int(self._searcher.reader().doc_count())

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        with self._lock:
            if self._searcher is not None:
                self._searcher.close()
            self._searcher, self._manifest = None, None
            self._vocabulary, self._postings = [], {}


def _document(entry: Entry) -> dict[str, Any]:
    words = {token for name in entry.names for token in tokens(name)}
    return {
        "person": entry.person_id,
        "token": sorted(words),
        "sound": sorted({skeleton(word) for word in words}),
        "area": [str(area) for area in entry.areas],
        "pair": sorted(entry.pairs),
    }


def _delete(writer: Any, person_ids: Sequence[int]) -> None:  # noqa: ANN401 - whoosh has no types
    reader = writer.reader()
    try:
        people = _people(reader)
    finally:
        reader.close()
    for at in np.flatnonzero(np.isin(people, np.asarray(person_ids, dtype=np.int64))):
        writer.delete_document(int(at))


def _people(reader: Any) -> Any:  # noqa: ANN401 - whoosh and numpy arrays
    """Return the person of every document, in the order of the documents."""
    leaves = [leaf for leaf, _ in reader.leaf_readers() if leaf.doc_count_all()]
    columns = [leaf.column_reader("person").load() for leaf in leaves]
    return np.concatenate([np.zeros(0, np.int64), *(np.asarray(c, np.int64) for c in columns)])


def _walls(query: Query) -> list[list[_Term]]:
    """Return for each of the actor's grants the terms that a person inside it has."""
    walls = []
    for scope in query.actor.scopes_for(query.permission):
        terms: list[_Term] = []
        if scope.path != ROOT_PATH:
            terms.append(("area", scope.path.strip("/").rpartition("/")[2]))
        programme = "" if scope.programme_id is None else str(scope.programme_id)
        if query.status is not None:
            terms.append(("pair", f"{programme}:{query.status}"))
        elif programme:
            terms.append(("pair", programme))
        walls.append(terms)
    return walls


def _inside(
    reader: Any,  # noqa: ANN401 - whoosh has no types
    documents: Iterable[int],
    walls: list[list[_Term]],
) -> Iterator[int]:
    """Yield those of the documents, which rise, that one of the walls lets through."""
    gates = [[_postings(reader, field, term) for field, term in wall] for wall in walls]
    open_gates = [gate for gate in gates if all(gate)]
    for at in documents:
        if any(all(_holds(postings, at) for postings in gate) for gate in open_gates):
            yield at


def _postings(reader: Any, field: str, term: str) -> Any:  # noqa: ANN401 - whoosh has no types
    """Return a term's documents as a whoosh matcher, None where there are none."""
    return reader.postings(field, term) if (field, term) in reader else None


def _holds(postings: Any, at: int) -> bool:  # noqa: ANN401 - whoosh has no types
    if postings.is_active() and postings.id() < at:
        postings.skip_to(at)
    return bool(postings.is_active() and postings.id() == at)
