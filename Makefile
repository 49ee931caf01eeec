# make repro     the embedded corpus: no download, a report in a few minutes
# make official  the published image sets beside it: downloads about 600 MB
# make advise IMAGES=folder  which network to use for one's own images, and what to expect
# make draw      a page to draw on: TASK=my-task, or the ready-made letters; PORT=8765
# make test      the tests
# make faults    what takes long to go wrong; tests/faults/RESULTS.md, half an hour; ONLY="disk slow"
# make audit     known faults of the locked packages; needs the network
# make bench     speed beside plain Keras and PyTorch; benchmarks/RESULTS.md, half an hour
VENV := .venv
PYTHON ?= python3
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# by which the page of `dvc plots show` draws; Vega-Lite as DVC's templates know it
export VEGA := import pathlib, vl_convert; pathlib.Path("$(VENV)/vega.js").write_text( \
	vl_convert.javascript_bundle(vl_version="5.21"), encoding="utf-8")
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# as they are given, whatever signs they have; GROUPS is the shell's own
export IMAGES TASK OPTIONS
# what DVC unpickles: by itself it takes /var/tmp/dvc, where every user may write (CVE-2025-69872)
export DVC_SITE_CACHE_DIR := $(CURDIR)/.dvc/tmp/site
$(shell mkdir -p .dvc/tmp && mkdir -p -m 700 .dvc/tmp/site)

.PHONY: setup repro official advise draw test faults audit bench lint lock readme

setup: $(VENV)/installed

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	"Python 3.11, 3.12 or 3.13 is needed, found %d.%d. Name one: make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes --requirement requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@$(VENV)/bin/python -c "$$VEGA" || echo "dvc plots show: its page will draw only with a network"
	@touch $@

repro: setup
	@python -m glyph_transfer.params
	@python -m glyph_transfer.commands.reproduce
	@python -m glyph_transfer.commands.summary

official: setup
	@python -m glyph_transfer.params
	dvc exp run --set-param 'corpora=[embedded,official]'
	@python -m glyph_transfer.commands.summary

advise: setup
	@test -n "$$IMAGES" || (echo "name a folder with one subfolder a class: make advise IMAGES=path/to/folder" && false)
	@python -m glyph_transfer.own.advise "$$IMAGES" --task "$$TASK" --groups "$(GROUPS)" --options "$$OPTIONS"

draw: setup
	@python -m glyph_transfer.own.draw $(if $(TASK),"$(TASK)") $(if $(PORT),--port $(PORT))

test: setup
	python -m pytest

faults: setup
	PYTHONPATH=tests python -m faults $(ONLY)

# pip-audit in an environment of its own; strict: what could not be audited is a failure, and named;
# docs/promises.md says of each fault that is passed over why it is
audit: $(VENV)-audit/installed
	$(VENV)-audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock \
	--ignore-vuln CVE-2025-69872

$(VENV)-audit/installed:
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/pip install --quiet 'pip-audit>=2.10,<3'
	@touch $@

# PyTorch in an environment of its own, on top of the locked one
bench: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks

$(VENV)-bench/installed: $(VENV)/installed
	python -m venv --without-pip $(VENV)-bench
	python -c "import sysconfig; print(f'import site; site.addsitedir({sysconfig.get_path(\"purelib\")!r})')" \
	> $$($(VENV)-bench/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/locked.pth
	$(VENV)-bench/bin/python -m pip install --quiet --no-build-isolation --editable '.[bench]' \
	|| echo "PyTorch could not be installed: the benchmarks run without it"
	@touch $@

lint: setup
	ruff check .
	ruff format --check .

# needs uv; writes hashes and no addresses
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra cluster --extra dev \
	--generate-hashes --no-header --no-annotate --upgrade --output-file requirements.lock

# the result table in README.md, from reports/official
readme: setup
	python -m glyph_transfer.commands.readme
