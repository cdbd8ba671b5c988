import { anonymousBodyBytes } from "../../core/body-bytes.ts";
import { largestPage } from "../../core/wire.ts";
import type { Kit } from "../../kit.ts";
import { usersAtOnce } from "../accounts/index.ts";
import { encryptedChatMembers, keysAtOnce } from "../encryption/index.ts";
import { filesPerMessage } from "../files/index.ts";
import type { Limits } from "./schema.ts";

const megabyte = 1024 * 1024;

/** What clients have to keep to. */
export function limitsOf(settings: Kit["settings"]): Limits {
  const isLimited = settings.rateLimits === "on";
  return {
    content_bytes: settings.maxContentBytes,
    encrypted_content_bytes: settings.maxEncryptedBytes,
    files_per_message: filesPerMessage,
    image_bytes: settings.maxImageBytes,
    video_bytes: settings.maxVideoBytes,
    audio_bytes: settings.maxAudioBytes,
    document_bytes: settings.maxDocumentBytes,
    user_quota_bytes: settings.userQuotaMb * megabyte || null,
    uploads_at_once: settings.uploadsPerUser,
    mentions: settings.maxMentions,
    group_members: settings.maxGroupMembers,
    large_chat_members: settings.largeChatMembers,
    page: largestPage,
    users_at_once: usersAtOnce,
    body_bytes: settings.maxBodyBytes,
    anonymous_body_bytes: anonymousBodyBytes(settings),
    memberships_per_hour: isLimited ? settings.membershipsPerHour : null,
    frame_bytes: settings.maxFrameBytes,
    frames_waiting: settings.inboundFrames,
    frame_bytes_waiting: settings.inboundBytes,
    frames_per_second: isLimited ? settings.messagesPerSecond : null,
    requests_per_minute: isLimited ? settings.requestsPerMinute : null,
    sockets: settings.socketsPerUser,
    keychain_bytes: settings.maxKeychainBytes,
    public_keys_at_once: keysAtOnce,
    encrypted_chat_members: encryptedChatMembers,
    grant_bytes: settings.maxGrantBytes,
    epoch_repairs_per_hour: isLimited ? settings.epochRepairsPerHour : null,
    key_changes_per_day: isLimited ? settings.keyChangesPerDay : null,
    devices: settings.devicesPerUser,
  };
}
