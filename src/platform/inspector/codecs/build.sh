#!/bin/sh
# Makes the decoders (README.md): FFmpeg and dav1d from Debian's sources, compiled to WebAssembly, into the user's cache.
# `build.sh --missing` names the Debian packages that it needs and that are not installed, and does nothing else.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)

missing=
for tool in emcc:emscripten apt-get:apt dpkg-source:dpkg-dev make:make meson:meson ninja:ninja-build \
  pkg-config:pkg-config zstd:zstd; do
  command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"
done
if [ "${1:-}" = --missing ]; then
  echo "${missing# }"
  exit
fi
if [ -n "$missing" ]; then
  echo "To make the decoders: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

# location.ts looks for the same name.
key=$(cat "$here/build.sh" "$here/codecs.c" | sha256sum | cut -c 1-16)
made="$HOME/.cache/parley/codecs-$key.wasm.zst"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"

# The mirrors that this machine uses for its own release of Debian; deb.debian.org where apt has no lists yet.
mkdir -p lists/partial archives/partial
release=$(. /etc/os-release && echo "${VERSION_CODENAME:?this is no release of Debian}")
apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Component: main' |
  awk -v release="$release" '$1 == "Debian" && $2 ~ "^" release "(-updates|-security)?$" && !seen[$3, $4]++ { print $3, $4 }' > mirrors
[ -s mirrors ] || cat > mirrors <<M
http://deb.debian.org/debian $release
http://deb.debian.org/debian-security $release-security
M
sed 's|.*|deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] & main|' mirrors > sources.list
# A configuration of its own: that of the machine stays as it is, and it takes no root. Where it is root, apt's own user
# could not write into this directory.
debian() {
  apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" -o APT::Sandbox::User=root "$@"
}
debian update
debian source --download-only --dsc-only ffmpeg dav1d
version() { sed -n 's/^Version: //p' "$1"_*.dsc; }
versions="FFmpeg $(version ffmpeg), dav1d $(version dav1d)"
if [ -f "$made" ] && zstd -dcq "$made" | grep -qaF "$versions"; then
  echo "$made is up to date: $versions"
  exit
fi
echo "Making the decoders of $versions, which takes some minutes."
# Thousands of lines that nobody reads unless it fails.
quietly() { "$@" >log 2>&1 || { tail -n 50 log >&2; exit 1; }; }
debian source --download-only ffmpeg dav1d
# apt has held them against Debian's signature.
for name in ffmpeg dav1d; do dpkg-source --no-check --extract "$name"_*.dsc "$name" >/dev/null; done

export SOURCE_DATE_EPOCH=1700000000
# -msimd128 lets LLVM vectorise the C loops; there is no hand-written assembler for WASM.
flags="-O3 -msimd128 -ffile-prefix-map=$work=."

cat > wasm.ini <<I
[binaries]
c = 'emcc'
ar = 'emar'
[built-in options]
c_args = ['-O3', '-msimd128', '-ffile-prefix-map=$work=.']
[host_machine]
system = 'emscripten'
cpu_family = 'wasm32'
cpu = 'wasm32'
endian = 'little'
I
# Without -pthread everything stays single threaded and needs no shared memory; dav1d is told to use one thread.
sed -i "s/thread_dependency = dependency('threads')/thread_dependency = dependency('', required: false)/" dav1d/meson.build
quietly meson setup dav1d-build dav1d --cross-file wasm.ini --prefix "$work/out" --libdir lib \
  --buildtype release --default-library static \
  -Denable_asm=false -Denable_tools=false -Denable_tests=false -Dlogging=false
quietly ninja -C dav1d-build install

# Neither --enable-gpl, --enable-version3 nor --enable-nonfree: this FFmpeg is LGPL-2.1-or-later, as is asked again below.
mkdir ffmpeg-build
(
  cd ffmpeg-build
  export PKG_CONFIG_LIBDIR="$work/out/lib/pkgconfig"
  quietly ../ffmpeg/configure --prefix="$work/out" \
    --enable-cross-compile --target-os=none --arch=x86_32 --cc=emcc --cxx=em++ --ar=emar --ranlib=emranlib --nm=emnm \
    --pkg-config=pkg-config --disable-asm --disable-runtime-cpudetect --disable-stripping --disable-debug \
    --disable-autodetect --disable-pthreads --disable-programs --disable-doc --disable-everything \
    --disable-avdevice --disable-avformat --disable-avfilter --disable-postproc --disable-network \
    --enable-libdav1d --extra-cflags="-msimd128 -ffile-prefix-map=$work=." --optflags=-O3 \
    --enable-decoder=h264,hevc,vp8,vp9,libdav1d,aac,mp3float,opus,vorbis,flac,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_mulaw,pcm_alaw
  quietly make -j"$(nproc)" install
)

# Exactly the exported functions are kept; WASI imports only, so no generated JavaScript is needed.
quietly emcc $flags -DVERSIONS="\"$versions\"" -Iout/include "$here/codecs.c" -Lout/lib -lavcodec -lswscale -lswresample -lavutil \
  -ldav1d -o codecs.wasm --no-entry \
  -s STANDALONE_WASM -s ALLOW_MEMORY_GROWTH -s INITIAL_MEMORY=16MB -s MAXIMUM_MEMORY=384MB -s FILESYSTEM=0
grep -q '^#define FFMPEG_LICENSE "LGPL version 2.1 or later"' ffmpeg-build/config.h
sha256sum codecs.wasm
mkdir -p "$(dirname "$made")"
# Aside and renamed: what has the name is whole.
zstd -19 --quiet codecs.wasm -o "$made.$$"
mv "$made.$$" "$made"
echo "$made: $versions"
