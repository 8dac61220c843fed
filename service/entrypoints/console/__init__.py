"""The console: pages for people, made on the server, on the use cases of the API and nothing else.

A page is a function on a router of ``PageRoute``s, and a template. To add one:

1. Write a module with ``router = APIRouter(route_class=PageRoute, include_in_schema=False)`` and put the router into
   ``app.ROUTERS``. Paths begin with ``/console`` and are otherwise those of the API.
2. Its function takes the request and ``Annotated[Visitor, Depends(Needs(Scope.READ))]``: who has signed in, with one of
   these scopes (of none: anybody who has). What is asked for comes as a Pydantic model, ``Annotated[Query, Query()]``;
   what a form left empty is not there.
3. It calls a use case, puts what it found into plain values that are fit to print (``words``, ``times``, ``clauses``,
   ``figures``), and ends with ``return page(request, "name.html", title, {...})``. A template prints, and decides
   nothing.
4. An action is a POST that takes ``Annotated[Visitor, Depends(Acts(Scope.REVIEW))]``: its form was sent from here, and
   stands in ``visitor.form``. In the template, ``{{ forms.token(frame) }}`` belongs into every form that posts. It ends
   with ``return see(path)``, which sends the browser to the page that shows what became of it.
   A form that records is made of the API's model by ``fields.fields_of``, and read by ``fields.read``; ``acting.act``
   and ``acting.record`` record it once (``{{ asks.once(once) }}``), or show it again with what is wrong beside its
   fields.
5. What goes wrong is raised as in the API (``ProblemError``, errors of the domain and the store), and becomes a page.
6. A page that belongs into the navigation is named in ``frame.NAVIGATION``; every page is named in
   ``tests/browser/visits.py``, so that a browser looks at it.
"""
