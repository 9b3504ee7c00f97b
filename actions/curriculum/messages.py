"""The fixed sentences that the bot says, and the values that each may name."""

MESSAGES: dict[str, tuple[str, ...]] = {
    # Menus and questions
    "welcome": (), "menu": (), "pillar": (), "topic": (), "suggest": (), "unknown": (), "none_of_these": (), "wrong_answer": (),
    "unknown_command": (), "empty": (), "no_words": (), "menu_gone": (), "busy": (), "emergency": (), "emergency_next": (),
    "secret_otp": (), "secret_card": (), "secret_id": (), "secret_password": (), "secret_account": (), "secret_next": (),
    "overdue": (), "general_advice": (),
    "failed": (),
    # Things other than text
    "got_photo": (), "got_voice": (), "got_sticker": (), "got_video": (), "got_file": (), "got_contact": (), "got_location": (),
    "got_link": (), "got_unsupported": (), "got_group": (), "got_photo_beside": (), "got_video_beside": (), "got_file_beside": (),
    # One learner on several channels
    "link_code": ("code", "minutes"), "link_ask": (), "linked": (), "link_same": (),
    # Lessons and paths
    "welcome_back": (), "study": (),
    "modules": (), "module": ("title",), "paths": (), "path": ("title", "about", "count"), "path_done": ("title", "count"),
    "lesson_start": ("title", "goal", "total"), "lesson_resume": ("when", "step", "total", "title"),
    "lesson_stopped": ("title", "step", "total"), "lesson_stopped_guest": ("title", "step", "total"),
    "lesson_back": ("title", "step", "total"), "lesson_next": (), "rest": (),
    # Quizzes and review
    "quiz_start": ("title", "questions", "mark"), "quiz_question": ("number", "total"), "quiz_right_was": ("choice",),
    "quiz_already": (), "quiz_over": (), "quiz_back": (), "quiz_stopped": (), "quiz_failed": ("right", "total", "mark"),
    "quiz_passed": ("right", "total", "title"), "quiz_passed_guest": ("right", "total", "title"),
    "review_guest": (), "review_none": (), "review_later": ("day",), "review_start": ("count",), "review_done": ("right", "total", "day"),
    # Reminders
    "reminder": (), "reminder_set": ("when",), "reminder_off": (), "reminder_due": ("count",),
    # Progress and certificates
    "progress": ("passed", "total"), "progress_path": ("title", "done", "total"), "progress_passed": (), "progress_more": ("count",),
    "progress_guest": (),
    "certificate_name": (), "name_refused": (), "certificate_confirm": ("name",), "certificate_not_yet": ("left", "title"),
    "certificate": ("title", "name", "code", "address"), "certificate_again": ("title", "name", "code", "address"),
    "certificate_corrected": ("title", "name", "code", "address"), "certificate_alt": ("title", "name", "code"),
    # Guides and drills
    "guide_back": (), "guide_stopped": (), "follow_up_kept": (), "follow_up_cancelled": (), "follow_up": (),
    "drills": (), "drill_start": ("title", "role", "intro"), "drill_line": ("role", "line"), "drill_already": (), "drill_over": (),
    "drill_stopped": (), "drill_left": (), "drill_back": (), "drill_safe": (), "drill_lost": (), "drill_missed": (), "drill_seen": (),
    # Consent, settings, people
    "consent": (), "consent_details": (), "address": (), "settings": (), "large_on": (), "large_off": (),
    "people": ("name",), "switched": ("name",), "person_name": (), "person_consent": ("name",),
    # Family and class
    "sharing": (), "family_code": ("code", "hours"), "code_ask": (), "code_wrong": (), "code_own": (), "family_ask": (),
    "family_linked": (), "helped_none": (), "helped": (), "revoked": ("count",),
    "class_name": (), "classes": (), "classes_none": (), "class_opened": ("name", "code", "address"), "class_alt": ("name", "code"),
    "class_small": ("name", "members", "least"), "class_results": ("name", "members", "passed"), "class_right": ("percent",),
    "class_ask": ("name",), "class_ask_guest": ("name",), "class_joined": ("name",), "class_left": ("count",),
    "class_close": ("name",), "class_closed": ("name",),
    # A person's own data
    "data": (), "data_not_held": (), "data_guest": (), "data_taken": ("address", "minutes"), "withdraw": (), "erase": (), "erase_guest": (),
    "erased": ("receipt", "when"),
}  # fmt: skip
