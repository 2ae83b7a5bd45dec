"""What gives a language away: its small words, and how its other words begin and end."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["PARTS", "WORDS"]

WORDS: Mapping[str, str] = {
    "en": (
        "the of and to in is that for was with on as are by from at be has have this it were will not "
        "which an its who after their they would been but more said about when he she his her over new "
        "into than up out also could how what why says people year years against during between first "
        "two may can our your we you if all"
    ),
    "fr": (
        "le la les des et du une un est dans pour que qui sur par avec au aux pas plus ce cette ces sont "
        "ont été a son sa ses se en ne mais ou où il elle ils nous vous leur leurs après avant selon "
        "entre contre aussi comme être avoir fait deux depuis lors sans sous dont ans année président "
        "pays c l d qu s n"
    ),
    "rw": (
        "ni mu ku ko kandi na nk iki ibi uyu iyi aba abo avuga yavuze yagize ati cyane ariko nyuma "
        "kugira ngo byo ibyo aho umunsi cyangwa ndetse cya bya rya ubwo kuri icyo uko abantu igihugu "
        "umwaka imyaka muri bwa bw cy by ry rw u i yo wo bo mbere kuko kubera hari nta iyo ubu gusa buri "
        "mugihe ubuyobozi perezida rwa abaturage umujyi akarere byari baba bari yari ari buryo inama "
        "minisitiri imirimo gukora gukoresha kwa wa ya za ba gihe bose hagati bavuze bavuga yabwiye umwe "
        "umuntu abana amafaranga ikipe umukino imikino ishuri amashuri"
    ),
    "sw": (
        "ya na wa kwa katika ni za kuwa hii hiyo huo huu cha vya la pia baada kama lakini au hadi hata "
        "alisema amesema serikali watu nchi rais mwaka miaka wake yake zake ambao ambaye ambayo kwamba "
        "hivyo siku moja wengi sana tu bado sasa leo jana kila wote zaidi kutoka kati dhidi mkuu waziri "
        "alikuwa walikuwa wakati kabla juu mji shule watoto mtoto timu mechi fedha kazi eneo wananchi "
        "nini bila yao mwa hapo huko ili si ndiyo"
    ),
    "rn": (
        "ni mu ku ko kandi na nk iki ivyo vyo ico ca canke cane kugira ngo uwo abo avuga yavuze ariko "
        "inyuma aho umusi igihugu umwaka imyaka muri vya bwa mw kw uburundi burundi umukuru w y abarundi "
        "abantu abanyagihugu mugabo ivy vy vyose vyiza cari vyari niho uko imbere hagati umwe ubu kubera "
        "ata iyo igihe ntara komine leta intumwa nshingamateka ishirahamwe bujumbura gitega"
    ),
    "lg": (
        "ku mu nga era ne nti mw bwe kye ekyo eri okuva omu abantu okuba n oluvannyuma wabula bonna "
        "omuntu gavumenti kyokka baategeezezza yagambye olw ebintu ekibiina uganda ab gwe bye kubanga "
        "ennyo mpozzi bannansi"
    ),
    "es": (
        "el la los las de que y en un una por con para del se no al es lo su más pero como sus este ha "
        "fue son esta entre cuando muy sin sobre también años hasta desde nos durante presidente según "
        "contra dos"
    ),
    "pt": (
        "o a os as de que e do da em um uma para com não por dos das no na se mais ao foi são como mas "
        "ele seu sua pelo pela até isso também entre anos quando muito após presidente segundo contra "
        "está"
    ),
    "de": (
        "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an "
        "werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war "
        "haben nur oder aber vor zur bis"
    ),
    "it": (
        "il di che e la in un per non una sono del con si da come le dei al più lo alla della nel gli "
        "anche ma questo ha è era delle nella degli suo sua dopo anni presidente contro tra stato"
    ),
    "nl": (
        "de het een en van in is dat op te zijn met voor niet aan er om ook als maar dan bij uit nog "
        "naar heeft hij werd door over worden wordt wel geen deze jaar onder tegen tussen"
    ),
}
PARTS: Mapping[str, tuple[str, ...]] = {
    "en": (
        r"th",
        r"\w+ing$",
        r"\w+tion$",
        r"\w+ed$",
        r"wh",
        r"\w*ough",
    ),
    "fr": (
        r"\w*[éèêàçœ]",
        r"\w+eux$",
        r"\w+ment$",
        r"\w+aient$",
        r"\w+eau",
    ),
    "rw": (
        r"(?:umu|aba|imi|iki|ibi|ama|uru|ubu|uku|ama|iby|icy|iy|uby)\w{3,}",
        r"(?:ba|ya|bya|cya|bwa|ku|gu|kw)\w+(?:ye|ze|ga|ra|wa)$",
        r"\w*cy\w",
        r"\w*(?:shy|njy|jy|bw|mw|rw)\w",
        r"by\w+",
    ),
    "sw": (
        r"(?:ali|wali|ana|wana|ame|wame|ata|wata|kuna|ilik|zili|yali)\w{3,}",
        r"(?:wa|m|ki|vi|u|ku)\w+(?:isha|isho|iwa|ika|aji|eza|liwa)$",
        r"\w*(?:mba|ngo|dh|th|gh)\w",
        r"(?:mwana|wana|mku|waku|maen|maf|mak)\w+",
    ),
    "rn": (
        r"\w*vy\w",
        r"ic[aio]\w*",
        r"\w*vyo$",
        r"ca\w+",
    ),
    "lg": (
        r"(?:oku|omu|aba|eki|ebi|ama|oba|olu)\w{2,}",
        r"\w*(?:ggw|kky|bb|ddw|nny)\w",
    ),
    "es": (
        r"\w+ción$",
        r"\w*ñ",
        r"\w+dad$",
        r"[¿¡]",
    ),
    "pt": (
        r"\w+ção$",
        r"\w*ã",
        r"\w*õ",
        r"\w+dade$",
        r"\w*nh\w",
    ),
    "de": (
        r"\w*sch",
        r"\w*[äöüß]",
        r"\w+ung$",
        r"\w+keit$",
    ),
    "it": (
        r"\w+zione$",
        r"\w*gli\w",
        r"\w+zz\w",
        r"\w+ità$",
    ),
    "nl": (
        r"\w*ij\w",
        r"\w*aa\w",
        r"\w+heid$",
        r"\w*oe\w",
    ),
}
