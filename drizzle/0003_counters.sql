ALTER TABLE `chats` ADD `status_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `is_status_due` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `chats_status_due` ON `chats` (`id`) WHERE is_status_due;--> statement-breakpoint
ALTER TABLE `members` ADD `own_unread` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `read_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` DROP COLUMN `status_pos`;--> statement-breakpoint
ALTER TABLE `messages` ADD `own_unread` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_own_unread` ON `messages` (`chat_id`,`sender_id`,`id`) WHERE own_unread;--> statement-breakpoint
CREATE INDEX `messages_deleted` ON `messages` (`chat_id`,`id`,`sender_id`) WHERE deleted_by is not null;--> statement-breakpoint
CREATE INDEX `notifications_chat` ON `notifications` (`chat_id`,`user_id`) WHERE read_pos is null;