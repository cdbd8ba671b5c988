CREATE TABLE `file_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`session_id` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `file_tokens_session` ON `file_tokens` (`session_id`);--> statement-breakpoint
ALTER TABLE `chats` ADD `stranger_id` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `last_deleted_id` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `active_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `status_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `is_status_due` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `chats_status_due` ON `chats` (`id`) WHERE is_status_due;--> statement-breakpoint
ALTER TABLE `chats` DROP COLUMN `active_at`;--> statement-breakpoint
ALTER TABLE `members` ADD `own_unread` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `read_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `user_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` DROP COLUMN `status_pos`;--> statement-breakpoint
ALTER TABLE `media` ADD `chat_id` integer;--> statement-breakpoint
CREATE INDEX `media_chat` ON `media` (`chat_id`,`id`) WHERE chat_id is not null;--> statement-breakpoint
ALTER TABLE `messages` ADD `own_unread` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_own_unread` ON `messages` (`chat_id`,`id`,`sender_id`) WHERE own_unread;--> statement-breakpoint
CREATE INDEX `messages_deleted` ON `messages` (`chat_id`,`id`,`sender_id`) WHERE deleted_by is not null;--> statement-breakpoint
CREATE INDEX `notifications_chat` ON `notifications` (`chat_id`,`user_id`) WHERE read_pos is null;--> statement-breakpoint
-- By the last message of each; a chat without one comes after what was first said in the chats made before it.
UPDATE `chats` SET `active_pos` = `ordered`.`pos` FROM (SELECT `id`, row_number() OVER (ORDER BY `said`, `id`) AS `pos` FROM (SELECT `one`.`id`, coalesce(`last`.`id`, max(`first`.`id`) OVER (ORDER BY `one`.`id`), 0) AS `said` FROM `chats` AS `one` LEFT JOIN `messages` AS `last` ON `last`.`chat_id` = `one`.`id` AND `last`.`seq` = `one`.`seq` LEFT JOIN `messages` AS `first` ON `first`.`chat_id` = `one`.`id` AND `first`.`seq` = 1)) AS `ordered` WHERE `ordered`.`id` = `chats`.`id`;--> statement-breakpoint
UPDATE `chats` SET `last_deleted_id` = coalesce((SELECT max(`id`) FROM `messages` WHERE `chat_id` = `chats`.`id` AND `deleted_by` IS NOT NULL), 0);--> statement-breakpoint
UPDATE `media` SET `chat_id` = (SELECT `chat_id` FROM `messages` WHERE `messages`.`id` = `media`.`message_id`) WHERE `message_id` IS NOT NULL;--> statement-breakpoint
-- Writing moved the read marker: who has none has not answered.
UPDATE `chats` SET `stranger_id` = (SELECT `maker`.`user_id` FROM `members` AS `maker` JOIN `members` AS `other` ON `other`.`chat_id` = `maker`.`chat_id` AND `other`.`user_id` <> `maker`.`user_id` WHERE `maker`.`chat_id` = `chats`.`id` AND `maker`.`added_by` IS NULL AND `other`.`added_by` IS NOT NULL AND `other`.`last_read_id` = 0) WHERE `chat_type` = 'direct';--> statement-breakpoint
-- Receipts were told one by one; the next start tells each chat once how far everybody has come. The last row of the journal stays.
UPDATE `chats` SET `is_status_due` = 1 WHERE `id` IN (SELECT CAST(substr(`audience`, 6) AS INTEGER) FROM `journal` WHERE `type` = 'message_status' AND `audience` LIKE 'chat:%');--> statement-breakpoint
DELETE FROM `journal` WHERE `type` = 'message_status' AND `pos` < (SELECT max(`pos`) FROM `journal`);
