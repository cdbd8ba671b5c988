/* One decoder at a time: open, then send packets and receive frames; a frame leaves as scaled RGB or as mono floats.
   One instance of the module serves one file, so the state is global and nothing is ever freed but frames. */
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#define EXPORT(name) __attribute__((export_name(name)))

static AVCodecContext *context;
static AVFrame *frame;
static AVPacket *packet;

/* Of which sources this was made, as build.sh says it. */
EXPORT("versions") const char *versions(void) { return VERSIONS; }

/* Decoders read past the end of their input; the padding must be zero. */
EXPORT("alloc") uint8_t *alloc(int size) {
  return av_mallocz((size_t)size + AV_INPUT_BUFFER_PADDING_SIZE);
}

EXPORT("release") void release(void *memory) { av_free(memory); }

/* `name` as FFmpeg names the decoder; `extra` must come from alloc() and is kept. */
EXPORT("open") int open_decoder(const char *name, uint8_t *extra, int size, int rate, int channels) {
  const AVCodec *codec = avcodec_find_decoder_by_name(name);
  if (!codec) return AVERROR_DECODER_NOT_FOUND;
  av_log_set_level(AV_LOG_QUIET);
  context = avcodec_alloc_context3(codec);
  frame = av_frame_alloc();
  packet = av_packet_alloc();
  if (!context || !frame || !packet) return AVERROR(ENOMEM);
  context->extradata = size ? extra : NULL;
  context->extradata_size = size;
  context->sample_rate = rate;
  if (channels) av_channel_layout_default(&context->ch_layout, channels);
  context->thread_count = 1;
  context->max_pixels = 8192 * 8192; /* 8K is 7680x4320 */
  return avcodec_open2(context, codec, NULL);
}

/* No data: the end; what the decoder holds back then comes out. */
EXPORT("send") int send_packet(uint8_t *data, int size) {
  packet->data = data;
  packet->size = size;
  return avcodec_send_packet(context, size ? packet : NULL);
}

/* 1: a frame is there; 0: more input is wanted, or that was all; below 0: an error. */
EXPORT("receive") int receive_frame(void) {
  int result = avcodec_receive_frame(context, frame);
  return result == AVERROR(EAGAIN) || result == AVERROR_EOF ? 0 : result < 0 ? result : 1;
}

/* Ready for packets from elsewhere in the file. */
EXPORT("reset") void reset(void) { avcodec_flush_buffers(context); }

EXPORT("width") int width(void) { return frame->width; }
EXPORT("height") int height(void) { return frame->height; }
EXPORT("rate") int rate(void) { return frame->sample_rate; }
EXPORT("samples") int samples(void) { return frame->nb_samples; }

/* The frame as w x h pixels of RGB, without padding; NULL if that does not work. */
EXPORT("rgb") uint8_t *rgb(int w, int h) {
  struct SwsContext *scaler = sws_getContext(frame->width, frame->height, frame->format, w, h, AV_PIX_FMT_RGB24,
                                             SWS_AREA | SWS_ACCURATE_RND, NULL, NULL, NULL);
  /* swscale may write a little past the end of a row. */
  uint8_t *out = alloc(w * h * 3 + 64);
  if (!scaler || !out) return NULL;
  int space = frame->colorspace;
  /* Files which do not say: standard definition is BT.601, the rest BT.709. */
  if (space == AVCOL_SPC_UNSPECIFIED) space = frame->height < 720 ? SWS_CS_ITU601 : SWS_CS_ITU709;
  int full = frame->color_range == AVCOL_RANGE_JPEG;
  sws_setColorspaceDetails(scaler, sws_getCoefficients(space), full, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  uint8_t *const planes[4] = {out};
  int done = sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, (int[4]){w * 3});
  sws_freeContext(scaler);
  return done == h ? out : NULL;
}

/* The frame's samples, all channels mixed to one; the memory is reused by the next call. */
EXPORT("mono") float *mono(void) {
  static float *out;
  static unsigned size;
  av_fast_malloc(&out, &size, sizeof(float) * frame->nb_samples);
  if (!out) return NULL;
  int channels = frame->ch_layout.nb_channels, planar = av_sample_fmt_is_planar(frame->format);
  for (int i = 0; i < frame->nb_samples; i++) {
    float sum = 0;
    for (int c = 0; c < channels; c++) {
      const uint8_t *data = frame->extended_data[planar ? c : 0];
      int at = planar ? i : i * channels + c;
      switch (av_get_packed_sample_fmt(frame->format)) {
        case AV_SAMPLE_FMT_U8: sum += (data[at] - 128) / 128.f; break;
        case AV_SAMPLE_FMT_S16: sum += ((const int16_t *)data)[at] / 32768.f; break;
        case AV_SAMPLE_FMT_S32: sum += ((const int32_t *)data)[at] / 2147483648.f; break;
        case AV_SAMPLE_FMT_FLT: sum += ((const float *)data)[at]; break;
        case AV_SAMPLE_FMT_DBL: sum += ((const double *)data)[at]; break;
        default: return NULL;
      }
    }
    out[i] = sum / channels;
  }
  return out;
}
