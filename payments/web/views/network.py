"""The Network pages: a map of the network, its nodes by name or key, and one node with its channels."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from payments.lightning.graph.errors import MapError
from payments.queries.atlas import MapChoice
from payments.queries.network_pages import NetworkShape, NodePageShape, network_page, node_page, own_network_page
from payments.services.refusals import sentence_for

_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_MAX_TEXT_LENGTH = 200
"""Of what is looked for: more than any name or address."""


@login_required
@require_safe
def network(request: HttpRequest) -> HttpResponse:
    """A map; without a readable imported one, our node's own."""
    text = request.GET.get("q", "")[:_MAX_TEXT_LENGTH]
    refusal = ""
    try:
        page = network_page(_choice(request), text=text)
    except MapError as error:
        page, refusal = None, sentence_for(error)
    page = page or own_network_page(text=text)
    return render(request, "payments/network.html", {"page": page, "text": text, "refusal": refusal, "on_map": _on_map(page)})


@login_required
@require_safe
def node(request: HttpRequest, node_id: str) -> HttpResponse:
    """A node of a map, and one page of its channels."""
    asked = request.GET.get("page", "1")
    try:
        page = node_page(_choice(request), node_id=node_id, page=int(asked) if _PAGE_NUMBER.fullmatch(asked) else 1)
    except MapError:
        page = None
    if page is None:
        raise Http404
    return render(request, "payments/network_node.html", {"page": page, "on_map": _on_map(page)})


def _choice(request: HttpRequest) -> MapChoice:
    return MapChoice.IMPORTED if request.GET.get("map") == MapChoice.IMPORTED else MapChoice.OWN


def _on_map(page: NetworkShape | NodePageShape) -> str:
    """What links to other pages of the same map end with."""
    return f"?map={MapChoice.IMPORTED}" if page.map.choice is MapChoice.IMPORTED else ""
