#!/usr/bin/env bash
# Packages the committed crate twice, in clones that differ in place, time of their files, permissions and language. The two
# .crate files must be the same, bit for bit: then anybody can check a published one against its commit. Prints their checksum.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
clones=$(mktemp -d)
trap 'rm -rf "$clones"' EXIT

package() {
  git clone --quiet "$root" "$clones/$1"
  cd "$clones/$1"
  find . -name .git -prune -o -exec touch -d "$2" {} +
  cargo package --quiet --locked --no-verify --package oidc-proto --target-dir target
  sha256sum target/package/*.crate
}

one=$(umask 022 && LC_ALL=C TZ=UTC package one '2001-01-01')
two=$(umask 077 && LC_ALL=C.UTF-8 TZ=Asia/Tokyo package a/folder/further/down '2020-02-02')
echo "$one"
[ "$one" = "$two" ] || { echo "not the same as: $two" && exit 1; }
