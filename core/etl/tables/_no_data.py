"""The words by which totals, signatures and notes are known, in five languages."""

import re

TOTAL = (
    r"(?i)^[\s*]*(((grand|sub|sous|page|overall|running|final|gran)[\s-]*)?tota(l|ls|les|ux|is)"
    r"|sum|somme|suma|soma|المجموع|مجموع|الإجمالي|الاجمالي|إجمالي|اجمالي)([\s:.(=/-].*)?$"
)
SIGNED = (
    r"(?i)^[\s*]*((prepared|compiled|checked|verified|approved|reviewed|submitted|entered|signed"
    r"|certified|printed|received|authori[sz]ed) (by|on)\b"
    r"|(pr[ée]par|[ée]tabl|[ée]labor|v[ée]rifi|approuv|valid|contr[ôo]l|sais|certifi|vis)[ée]?i?"
    r" par\b"
    r"|(elaborado|preparado|revisado|aprobado|aprovado|verificado|firmado|revisto|conferido)"
    r" por\b"
    r"|(signature|firma|assinatura|stamp|cachet|visa|sello|carimbo|name of|nom du|fait [àa])\b"
    r".*[:_]"
    r"|(signatures?|firmas?|assinaturas?)\s*$"
    r"|(sources?|notes?|n\.?b\.?|notas?|remarques?|fuente|fonte|imprim[ée]|date|data|fecha)\s*:"
    r"|page \d+|أعده|أعدها|إعداد|اعداد|توقيع|التوقيع|اعتمد|راجعه|الختم|ملاحظة|المصدر)"
)
NUMBER = re.compile(r"[-+(]?[\d\s.,'’]*\d[\d\s.,'’]*\)?\s*%?|-|—|–")
COUNTED = re.compile(r"\d[\d\s.,]*\s*\w+")
