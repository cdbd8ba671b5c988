ALTER TABLE `chats` ADD `active_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` DROP COLUMN `active_at`;--> statement-breakpoint
ALTER TABLE `members` ADD `user_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `media` ADD `chat_id` integer;--> statement-breakpoint
CREATE INDEX `media_chat` ON `media` (`chat_id`,`id`) WHERE chat_id is not null;--> statement-breakpoint
-- By the last message of each; a chat without one comes after what was first said in the chats made before it.
UPDATE `chats` SET `active_pos` = `ordered`.`pos` FROM (SELECT `id`, row_number() OVER (ORDER BY `said`, `id`) AS `pos` FROM (SELECT `one`.`id`, coalesce(`last`.`id`, max(`first`.`id`) OVER (ORDER BY `one`.`id`), 0) AS `said` FROM `chats` AS `one` LEFT JOIN `messages` AS `last` ON `last`.`chat_id` = `one`.`id` AND `last`.`seq` = `one`.`seq` LEFT JOIN `messages` AS `first` ON `first`.`chat_id` = `one`.`id` AND `first`.`seq` = 1)) AS `ordered` WHERE `ordered`.`id` = `chats`.`id`;--> statement-breakpoint
UPDATE `media` SET `chat_id` = (SELECT `chat_id` FROM `messages` WHERE `messages`.`id` = `media`.`message_id`) WHERE `message_id` IS NOT NULL;
