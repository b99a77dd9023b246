"""The application's pages."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import DictLoader, Environment
from starlette.responses import HTMLResponse

_ERRORS = {
    403: "The action you have requested is not allowed.",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    419: "Page Expired",
    429: "Too Many Requests",
    500: "Server Error",
    503: "Service Unavailable",
}

_TEMPLATES = {
    "frame": """<!DOCTYPE html>
<html lang="id"><head><meta charset="utf-8"><title>MIPP</title>
<meta name="csrf-token" content="{{ token }}"></head>
<body>
{%- if user %}
<nav><a href="/dashboard">Dasbor</a> <a href="/kegiatan">Kegiatan</a>
<form method="POST" action="/logout">
<input type="hidden" name="{{ token_name }}" value="{{ token }}">
<button>Keluar</button></form></nav>
{%- endif %}
{%- if flash and flash.message %}
<div class="alert alert-{{ flash.kind }}" role="alert">{{ flash.message }}</div>
{%- endif %}
<main>{% block main %}{% endblock %}</main>
</body></html>""",
    "login": """{% extends "frame" %}{% block main %}
<h1>Masuk</h1>
<form method="POST" action="/login">
<input type="hidden" name="{{ token_name }}" value="{{ token }}" autocomplete="off">
<label>Email <input type="email" name="email" required></label>
<label>Kata sandi <input type="password" name="password" required></label>
<label><input type="checkbox" name="remember"> Ingat saya</label>
<button type="submit">Masuk</button>
</form>{% endblock %}""",
    "dashboard": """{% extends "frame" %}{% block main %}
<h1>Dasbor</h1><p>Selamat datang, {{ user }}.</p>{% endblock %}""",
    "create": """{% extends "frame" %}{% block main %}
<h1>Tambah Kegiatan</h1>
<form method="POST" action="/kegiatan" enctype="multipart/form-data">
<input type="hidden" name="{{ token_name }}" value="{{ token }}" autocomplete="off">
{%- for name, kind, label in fields %}
<label>{{ label }}
<input type="{{ kind }}" name="{{ name }}" value="{{ old.get(name, '') }}"></label>
{%- if name in errors %}<div class="invalid-feedback">{{ errors[name] }}</div>{% endif %}
{%- endfor %}
<label>Notulen <input type="file" name="notulen" accept=".pdf,.doc,.docx"></label>
{%- if "notulen" in errors %}<div class="invalid-feedback">{{ errors.notulen }}</div>{% endif %}
<label>Foto Kegiatan <input type="file" name="foto[]" accept="image/*" multiple></label>
{%- for name, text in errors.items() if name.startswith("foto") %}
<div class="invalid-feedback">{{ text }}</div>
{%- endfor %}
<button type="submit">Simpan</button>
</form>{% endblock %}""",
    "listing": """{% extends "frame" %}{% block main %}
<h1>Kegiatan</h1>
<p><a href="/kegiatan/create">Tambah</a></p>
<form method="GET" action="/kegiatan"><input name="cari" value="{{ sought }}"></form>
<table><thead><tr><th>No</th><th>Judul</th><th>Tanggal</th><th>Tempat</th><th>Aksi</th></tr></thead>
<tbody>
{%- for entry in entries %}
<tr><td>{{ entry.number }}</td><td>{{ entry.judul }}</td><td>{{ entry.tanggal }}</td>
<td>{{ entry.tempat }}</td><td><a href="/kegiatan/{{ entry.number }}">Detail</a></td></tr>
{%- else %}
<tr><td colspan="5">Belum ada kegiatan.</td></tr>
{%- endfor %}
</tbody></table>
<nav>
{%- if previous %}<a rel="prev" href="{{ previous }}">Sebelumnya</a>{% endif %}
{%- if following %}<a rel="next" href="{{ following }}">Berikutnya</a>{% endif %}
</nav>{% endblock %}""",
    "detail": """{% extends "frame" %}{% block main %}
<h1>{{ entry.judul }}</h1>
<dl><dt>Tanggal</dt><dd>{{ entry.tanggal }}</dd><dt>Waktu</dt><dd>{{ entry.waktu }}</dd>
<dt>Tempat</dt><dd>{{ entry.tempat }}</dd><dt>Penyelenggara</dt><dd>{{ entry.penyelenggara }}</dd>
<dt>Keterangan</dt><dd>{{ entry.keterangan }}</dd></dl>
<ul>
{%- for upload in entry.uploads %}
<li><a href="/storage/{{ upload.stored }}">{{ upload.name }}</a> ({{ upload.size }} bita)</li>
{%- endfor %}
</ul>{% endblock %}""",
    "error": """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><div>{{ status }}</div><div>{{ title }}</div></body></html>""",
}
_PAGES = Environment(loader=DictLoader(_TEMPLATES), autoescape=True)


def page(name: str, values: Mapping[str, object]) -> HTMLResponse:
    """One of the pages above, filled in."""
    return HTMLResponse(_PAGES.get_template(name).render(values))


def error_page(status: int) -> HTMLResponse:
    """The framework's own bare page for a status."""
    title = _ERRORS.get(status, "Error")
    text = _PAGES.get_template("error").render(status=status, title=title)
    return HTMLResponse(text, status)
