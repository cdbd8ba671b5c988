#!/bin/sh
# Makes codecs.wasm.zst from Debian's own source of FFmpeg and dav1d. Runs on Debian 12 with a deb-src line:
#   apt-get install --no-install-recommends emscripten dpkg-dev make meson ninja-build pkg-config zstd
# Neither --enable-gpl, --enable-version3 nor --enable-nonfree: FFmpeg is LGPL-2.1-or-later, dav1d BSD-2-Clause.
set -eu
FFMPEG=7:5.1.9-0+deb12u1 DAV1D=1.0.0-2+deb12u1
here=$(cd "$(dirname "$0")" && pwd)
work=${1:?a directory to build in}
mkdir -p "$work/cache"
cd "$work"
work=$PWD
# A cache of its own: Debian's is below /usr and read only for all but root.
export EM_CACHE="$work/cache" EM_FROZEN_CACHE= SOURCE_DATE_EPOCH=1700000000
[ -d ffmpeg-5.1.9 ] && [ -d dav1d-1.0.0 ] || apt-get source "ffmpeg=$FFMPEG" "dav1d=$DAV1D"

# -msimd128 lets LLVM vectorise the C loops; there is no hand-written assembler for WASM.
flags="-O3 -msimd128 -ffile-prefix-map=$work=."

if ! [ -f out/lib/libdav1d.a ]; then
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
  sed -i "s/thread_dependency = dependency('threads')/thread_dependency = dependency('', required: false)/" dav1d-1.0.0/meson.build
  meson setup dav1d-build dav1d-1.0.0 --cross-file wasm.ini --prefix "$work/out" --libdir lib \
    --buildtype release --default-library static \
    -Denable_asm=false -Denable_tools=false -Denable_tests=false -Dlogging=false
  ninja -C dav1d-build install
fi

if ! [ -f out/lib/libavcodec.a ]; then
  mkdir -p ffmpeg-build && cd ffmpeg-build
  PKG_CONFIG_LIBDIR="$work/out/lib/pkgconfig" ../ffmpeg-5.1.9/configure --prefix="$work/out" \
    --enable-cross-compile --target-os=none --arch=x86_32 --cc=emcc --cxx=em++ --ar=emar --ranlib=emranlib --nm=emnm \
    --pkg-config=pkg-config --disable-asm --disable-runtime-cpudetect --disable-stripping --disable-debug \
    --disable-autodetect --disable-pthreads --disable-programs --disable-doc --disable-everything \
    --disable-avdevice --disable-avformat --disable-avfilter --disable-postproc --disable-network \
    --enable-libdav1d --extra-cflags="-msimd128 -ffile-prefix-map=$work=." --optflags=-O3 \
    --enable-decoder=h264,hevc,vp8,vp9,libdav1d,aac,mp3float,opus,vorbis,flac,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_mulaw,pcm_alaw
  make -j"$(nproc)" install
  cd ..
fi

# Exactly the exported functions are kept; WASI imports only, so no generated JavaScript is needed.
emcc $flags -Iout/include "$here/codecs.c" -Lout/lib -lavcodec -lswscale -lswresample -lavutil -ldav1d -o codecs.wasm --no-entry \
  -s STANDALONE_WASM -s ALLOW_MEMORY_GROWTH -s INITIAL_MEMORY=16MB -s MAXIMUM_MEMORY=384MB -s FILESYSTEM=0
grep -E '^#define FFMPEG_(LICENSE|CONFIGURATION)' ffmpeg-build/config.h
sha256sum codecs.wasm
zstd -19 --force --quiet codecs.wasm -o "$here/codecs.wasm.zst"
