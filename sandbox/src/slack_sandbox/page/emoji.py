"""The characters of the common emoji shortcodes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# One "name character" pair per entry; names are those that people type between colons.
_PAIRS = """
grinning 😀|smiley 😃|smile 😄|grin 😁|laughing 😆|sweat_smile 😅|joy 😂
rolling_on_the_floor_laughing 🤣|slightly_smiling_face 🙂|upside_down_face 🙃|wink 😉
blush 😊|innocent 😇|heart_eyes 😍|relaxed ☺️|yum 😋|sunglasses 😎|thinking_face 🤔
neutral_face 😐|expressionless 😑|no_mouth 😶|smirk 😏|unamused 😒|face_with_rolling_eyes 🙄
grimacing 😬|relieved 😌|pensive 😔|sleepy 😪|sleeping 😴|mask 😷|confused 😕|worried 😟
slightly_frowning_face 🙁|white_frowning_face ☹️|open_mouth 😮|hushed 😯|astonished 😲
flushed 😳|cry 😢|sob 😭|scream 😱|disappointed 😞|sweat 😓|weary 😩|tired_face 😫|angry 😠
rage 😡|skull 💀|ghost 👻|robot_face 🤖|hugging_face 🤗|partying_face 🥳|pleading_face 🥺
thumbsup 👍|+1 👍|thumbsdown 👎|-1 👎|ok_hand 👌|wave 👋|clap 👏|raised_hands 🙌|open_hands 👐
pray 🙏|handshake 🤝|muscle 💪|point_right 👉|point_left 👈|point_up ☝️|point_down 👇
raised_hand ✋|raising_hand 🙋|crossed_fingers 🤞|v ✌️|writing_hand ✍️|eyes 👀|brain 🧠
speaking_head_in_silhouette 🗣️|bust_in_silhouette 👤|busts_in_silhouette 👥
people_holding_hands 🧑‍🤝‍🧑|heart ❤️|orange_heart 🧡|yellow_heart 💛|green_heart 💚
blue_heart 💙|purple_heart 💜|broken_heart 💔|sparkling_heart 💖|100 💯|fire 🔥|sparkles ✨
star ⭐|star2 🌟|dizzy 💫|zap ⚡|boom 💥|tada 🎉|confetti_ball 🎊|balloon 🎈|gift 🎁|trophy 🏆
medal 🏅|sports_medal 🏅|dart 🎯|white_check_mark ✅|heavy_check_mark ✔️
ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|warning ⚠️|no_entry ⛔
no_entry_sign 🚫|octagonal_sign 🛑|sos 🆘|question ❓|grey_question ❔|exclamation ❗
grey_exclamation ❕|bangbang ‼️|information_source ℹ️|recycle ♻️
arrows_counterclockwise 🔄|repeat 🔁|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️
arrow_down ⬇️|arrow_forward ▶️|heavy_plus_sign ➕|heavy_minus_sign ➖|new 🆕|red_circle 🔴
large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵
large_purple_circle 🟣|white_circle ⚪|black_circle ⚫|large_orange_diamond 🔶
large_blue_diamond 🔷|small_blue_diamond 🔹|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣
six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|zero 0️⃣|keycap_ten 🔟|calendar 📆|date 📅
spiral_calendar_pad 🗓️|clock1 🕐|clock9 🕘|alarm_clock ⏰|hourglass ⌛
hourglass_flowing_sand ⏳|stopwatch ⏱️|watch ⌚|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢
speech_balloon 💬|thought_balloon 💭|left_speech_bubble 🗨️|email 📧|envelope ✉️
incoming_envelope 📨|inbox_tray 📥|outbox_tray 📤|mailbox 📫|package 📦|phone ☎️
telephone_receiver 📞|iphone 📱|computer 💻|keyboard ⌨️|link 🔗|paperclip 📎|pushpin 📌
round_pushpin 📍|scissors ✂️|pencil 📝|memo 📝|pencil2 ✏️|lower_left_fountain_pen 🖋️
clipboard 📋|page_facing_up 📄|bookmark 🔖|bookmark_tabs 📑|books 📚|book 📖|open_book 📖
notebook 📓|newspaper 📰|file_folder 📁|open_file_folder 📂|card_index_dividers 🗂️
wastebasket 🗑️|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉
mag 🔍|mag_right 🔎|bulb 💡|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|lock 🔒|unlock 🔓
closed_lock_with_key 🔐|key 🔑|shield 🛡️|compass 🧭|ladder 🪜|puzzle_piece 🧩|jigsaw 🧩
balance_scale ⚖️|scales ⚖️|link_symbol 🔗|door 🚪|seedling 🌱|herb 🌿|evergreen_tree 🌲
deciduous_tree 🌳|four_leaf_clover 🍀|sunflower 🌻|cherry_blossom 🌸|sunny ☀️
partly_sunny ⛅|cloud ☁️|rain_cloud 🌧️|rainbow 🌈|umbrella ☔|snowflake ❄️|ocean 🌊
earth_africa 🌍|mountain ⛰️|house 🏠|hospital 🏥|school 🏫|office 🏢|stethoscope 🩺|pill 💊
syringe 💉|microscope 🔬|test_tube 🧪|dna 🧬|ambulance 🚑|rocket 🚀|airplane ✈️|car 🚗|bike 🚲
traffic_light 🚦|vertical_traffic_light 🚦|construction 🚧|checkered_flag 🏁
triangular_flag_on_post 🚩|coffee ☕|tea 🍵|cake 🍰|birthday 🎂|pizza 🍕|apple 🍎|cookie 🍪
cat 🐱|dog 🐶|bee 🐝|butterfly 🦋|turtle 🐢|owl 🦉|see_no_evil 🙈|person_in_lotus_position 🧘
runner 🏃|walking 🚶|student 🧑‍🎓|mortar_board 🎓|teacher 🧑‍🏫|health_worker 🧑‍⚕️
male-doctor 👨‍⚕️|female-doctor 👩‍⚕️|lotus_position 🧘|musical_note 🎵|notes 🎶|art 🎨
camera 📷|movie_camera 🎥|headphones 🎧|game_die 🎲|crystal_ball 🔮|candle 🕯️|moneybag 💰
credit_card 💳|label 🏷️|id 🆔|end 🔚|soon 🔜|back 🔙|top 🔝|zzz 💤|busstop 🚏|footprints 👣
dove_of_peace 🕊️|knot 🪢|bridge_at_night 🌉|handshaking 🤝|leaves 🍃|fallen_leaf 🍂
maple_leaf 🍁|crown 👑|gem 💎|anchor ⚓|telescope 🔭|world_map 🗺️|satellite 🛰️
electric_plug 🔌|battery 🔋|floppy_disk 💾|printer 🖨️|file_cabinet 🗄️
black_square_button 🔲|white_square_button 🔳|radio_button 🔘|twisted_rightwards_arrows 🔀
leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|double_vertical_bar ⏸️
black_square_for_stop ⏹️|fast_forward ⏩|rewind ⏪
black_right_pointing_double_triangle_with_vertical_bar ⏭️
"""

CHARACTERS: Mapping[str, str] = MappingProxyType(
    {
        entry.partition(" ")[0]: entry.partition(" ")[2]
        for line in _PAIRS.strip().splitlines()
        for entry in line.split("|")
    }
)


def character(name: str) -> str | None:
    """Return the character of a shortcode without its colons, None when it is not known.

    A skin tone behind two colons (`wave::skin-tone-2`) is left out.
    """
    return CHARACTERS.get(name.partition("::")[0].lower())
