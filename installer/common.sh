# Sourced by run and test: installs what is missing, and stops with one clear line when something cannot be had.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '== %s\n' "$*"; }
die() { printf 'installer: %s\n' "$*" >&2; exit 1; }

# packages_listed PART: `run` (above the mark) or `test` (all)
packages_listed() {
    local list=$top/installer/packages.txt
    if [[ $1 == run ]]; then sed '/^#--/,$d' "$list"; else cat "$list"; fi | sed 's/#.*//' | awk 'NF {print $1}'
}

install_packages() {
    local missing=() name sudo=()
    while read -r name; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
    done < <(packages_listed "$1")
    ((${#missing[@]})) || { say "all packages are there"; return; }
    command -v apt-get >/dev/null || die "apt-get is missing; install by hand: ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "not root and no sudo; run as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing ${#missing[@]} packages: ${missing[*]}"
    local log
    log=$(mktemp)
    "${sudo[@]}" apt-get update >"$log" 2>&1 || die "apt-get update failed: $(tail -n 1 "$log")"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 \
        || die "apt-get install failed: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
    rm -f "$log"
}

# build PRESET [TARGET...]: all targets when none is named
build() {
    local log preset=$1
    shift
    cd "$top"
    log=$(mktemp)
    say "configuring ($preset)"
    cmake --preset "$preset" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "cmake failed; the lines above say why"; }
    say "building ($preset)"
    cmake --build --preset "$preset" ${1:+--target "$@"} >"$log" 2>&1 || { grep -E 'error|FAILED' "$log" | grep -v '^/usr/bin' | head -n 20 >&2; die "the build failed; the lines above say why"; }
    rm -f "$log"
}
