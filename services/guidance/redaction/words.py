"""The words that say nothing about who somebody is: what an operator asks with, in English and German, and countries.

A capitalised word that is not here is taken for a name. So a missing word costs a little sense, and never a secret: it
is written for the questions of a billing desk, and no name of a person or a company belongs here.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from services.contract import types, wording


def words_in(text: str) -> frozenset[str]:
    """Return a table of words."""
    return frozenset(text.split())


_QUESTIONS = words_in(
    "a about above across actually after again against ago all almost along already also although always am among"
    " an and another any anybody anyone anything anyway are aren't around as aside ask at away back be because"
    " been before behind being below beside besides best better between beyond both but by bye can can't cannot"
    " come could couldn't did didn't differ different do does doesn't don't done down due during each either else"
    " enough even ever every everybody everyone everything exactly except far few finally first for forward four"
    " from further get give given gone got had hadn't happen has hasn't have haven't he hello her here hers hey"
    " hi him his how however i i'd i'll i'm i've if in indeed instead into is isn't it it's its itself just keep"
    " kept know known last lately later least left less let let's like likely little long look lot made make many"
    " may maybe me mean meanwhile might mine more most much must my myself near nearly need neither never new"
    " next no nobody none nor not nothing now of off often ok okay old on once one ones only onto or other others"
    " otherwise ought our ours out over own per perhaps please possible possibly put quite rather really right"
    " same say see seem seen several shall she should shouldn't show simply since so some somebody someone"
    " something sometimes soon still such sure take taken tell than thank thanks that that's the their theirs"
    " them then there there's these they they're thing this those though three through thus till to today"
    " together tomorrow tonight too toward towards try two under unless until up upon us very via want was wasn't"
    " way we we'd we'll we're we've well were weren't what what's whatever when whenever where wherever whether"
    " which while who who's whoever whole whom whose why will wish with within without won't would wouldn't yes"
    " yesterday yet you you'll you're you've your yours"
)
_VERBS = words_in(
    "accept act add adjust advise agree allow answer appear apply appreciate approve argue arrange assist assume"
    " attach avoid bear begin belong block book bring build burn buy calculate call cancel care change charge"
    " check choose claim clarify clear close collect compare complain complete compute confirm consider consume"
    " contact continue convert correct cost count cover create decide decline decrease deduct delete deliver"
    " demand deny describe determine disable dispute downgrade draft dunning earn email enable end ensure enter"
    " escalate estimate exceed except exempt exist expect expire explain export extend fail fall figure fill find"
    " finish fix follow forget forward found freeze fund generate go grant hand handle hear help hold ignore"
    " import include increase inform inquire insist issue join keep lack launch leave list lock lose lost lower"
    " manage mark match mention miss move negotiate note notice notify offer omit open operate order outline"
    " overdraw overpay override owe own paid pass pause pay permit phone phrase plan point postpone prefer"
    " prepare prevent proceed process promise prompt prorate prove provide provision purchase push query question"
    " raise reach read receive recommend reconcile record recover reduce refer refund refuse register reject"
    " release rely remain remember remind remove renew reopen repeat replace reply report request require rerun"
    " reset resolve respond rest restart restore result resume retry return reverse review revoke run said save"
    " scan schedule sell send sent serve set settle share sign skip solve sort speak spell spend spent split"
    " spoke start state stay stick stop stuck submit subscribe suggest summarise summarize support suppose"
    " suspend switch talk tax test think thought told top total touch track transfer treat trigger trust turn"
    " unblock understand unlock unpaid update upgrade urge use used validate verify void wait waive walk warn"
    " watch wonder word work worry write written wrong"
)
_BILLING = words_in(
    "able access account accounting ach action active activity actor address adjustment admin administrator"
    " agreement ai aim alert amex aml amount annual api app approval approver area arr arrears arrive article"
    " asap asks attention audit authority automatic automatically available average balance bank banking batch"
    " bearer bic bill billable billing blocker board bonus both bottom breach breakdown budget bug bullet"
    " business calendar card case cash category cause cc cent cents ceo cet cfo chargeback chart chat checklist"
    " circumstance client closing cohort collection column comment commercial commercially commission common"
    " company comparison complain complaint compliance concern concise condition consequence consumption contract"
    " conversation coo copy country couple coupon credit criteria csv cto currency current currently customer"
    " daily data date day deadline deal dear debit debt decision default delay delivery department deposit desk"
    " detail difference difficult discount docs document dollar domain dot double dr drop dunned duplicate early"
    " easy effect effective eg eligible emergency empty engineer engineering enterprise entity entry eod eol eom"
    " eoq eoy erp error est eta etc euro event evidence exact example exception exchange expiration expiry"
    " explanation extension external extra fact failure false faq fast fastest feature fee field file final"
    " finance financial fine firm fiscal flag folk forecast form formal free frequency fresh friendly full fully"
    " function fy fyi gdpr general gift gmt gmv goal good goods goodwill grace group guard guess guidance guide"
    " guideline half hard help hi high history hmrc hold holiday home host hour hourly hr hrs https huge hurry"
    " iban id idea ie immediate immediately important inactive incident income incomplete incorrect individual"
    " info information initial input insight installment instance instruction insufficient integration interest"
    " internal internally invoice invoicing irs it item job jr json key kind kpi kyc label large late latest law"
    " ledger legal level liability licence license lift limit line link live llm loan local log loss lots low"
    " madame mail manager manual manually margin market mastercard matter maximum measure meet meeting member"
    " memo message method middle million minimum minute missing mistake mlle mme model moment money monsieur"
    " month monthly morning mr mrr mrs ms name near necessary negative net node normal notification number oauth"
    " obligation official offline onboarding ongoing online operation operations operator opinion option original"
    " outage outcome outstanding overage overdraft overdue overview owner ownership page paragraph parent part"
    " partial partially partly partner party password past path payable payer payg paygo payment payroll pdf"
    " penalty pending people percent percentage period permission person picture piece pii place platform"
    " platform-owned po poc point policy polite portion pos position positive postpaid prepaid prepayment present"
    " previous previously price pricing print prior priority private pro problem procedure product production"
    " prof program progress project promotion promotional prompt proof proper properly proposal provider ps pst"
    " public purpose qa qbr qty quality quarter quarterly quick quickly quote rail rate ratio re readiness ready"
    " real reason receipt receivable recent recently reference regard regarding regards regular regulation"
    " relation relevant reminder renewal report reports residual respectively responsible retention revenue"
    " reversal reviewer rewrite rfp risk roi role root row rule saas safe sale sales sample sandbox says schedule"
    " screen sdk second secret section secure security senor senora sense sentence sepa separate serious service"
    " session setting settlement setup sheet shift short shorten shortfall side sig signora signup similar simple"
    " single site situation size sku sla slow small sme sms soft solution sorry source sow special specific"
    " specifically sr sso staff stage standard standing statement status step strict stripe stuff subject"
    " subscription subtotal success successful successfully sum summary supplier swift system table tag target"
    " task tba tbd team tech technical tell temporary tenant term terms text theory threshold ticket tier time"
    " timeline timezone timing title tone tool topic trace trail transaction transition translate translation"
    " transparency trial trouble true type ui unable unapplied unauthorized unbilled unblocked unclear undo unit"
    " unknown unlikely unresolved unused unusual upcoming upfront upset urgency urgent url usage usd user usual"
    " usually utc valid validity value variance vat vendor version view vip visa visible vs waiver wallet wants"
    " warning weather week weekend weekly whole wire withdrawal withholding wording workaround workday workspace"
    " world worth xlsx xml year yearly zero zone"
)
_CALENDAR = words_in(
    "am apr april aug august autumn christmas dec december dezember dienstag donnerstag easter fall feb februar"
    " february freitag fri friday jan januar january jul juli july jun june juni maerz mai mar march marz may"
    " midnight mittwoch mon monday montag noon nov november oct october oktober ostern pm samstag sat saturday"
    " sep sept september sonntag spring summer sun sunday thu thur thurs thursday tue tues tuesday wed wednesday"
    " weihnachten winter"
)
_NUMBERS = words_in(
    "billion dozen eight eleven fifteen fifth fifty first five forty four fourth half hundred million nine ninety"
    " once one quarter second seven six sixty ten third thirty thousand three twelve twenty twice two"
)
_PLACES = words_in(
    "africa america american apac argentina asia asian australia australian austria austrian belgian belgium"
    " brazil brazilian britain british bulgaria canada canadian chile china chinese colombia croatia czech dach"
    " danish denmark deutsch deutsche deutschland dutch egypt emea england englisch english estonia eu europa"
    " europe european finland finnish france frankreich french german germany greece greek hungarian hungary"
    " iceland india indian indonesia ireland irish israel italian italien italy japan japanese kenya korea korean"
    " latam latvia lithuania luxembourg malaysia malta mexican mexico morocco netherlands nigeria norway"
    " norwegian osterreich pakistan peru philippines poland polish portugal portuguese romania russia russian"
    " saudi schweiz scotland serbia singapore slovakia slovenia spain spanien spanish sweden swedish swiss"
    " switzerland taiwan thailand tunisia turkey turkish uae uk ukraine us usa vietnam wales zealand"
)
_MONEY = words_in(
    "aed ars aud bgn bhd brl cad cent chf clp cny cop czk dkk dollar egp eur euro franc gbp hkd huf idr ils inr"
    " jod jpy krona krone krw kwd mxn myr nok nzd omr peso php pln pound ron rub rupee sar sek sgd thb tnd try"
    " twd uah usd vnd yen yuan zar"
)
_GERMAN = words_in(
    "ab aber abgelaufen abgelehnt ablauf ablaufen ablehnen abrechnung abschliessen absprache aktion aktiv aktuell"
    " akzeptieren alle allem allen aller alles als also alt am an ander andere anderen anfang anfrage angebot"
    " anleitung anliegen anpassung anruf anspruch anstatt antrag antwort anwenden anzahl anzeige arbeit"
    " arbeitsstunden art auch auf auffullen aufgabe auftrag aus ausgleich ausnahme ausstehend auswahl automatisch"
    " bald bank barzahlung bearbeiten bedeutet bedingung befristet beheben bei beide beim beispiel beleg"
    " benotigen benotigt berechnen berechtigt bereit bereits bericht bescheid besser bestatigen bestatigt"
    " bestatigung besteht bestellnummer bestellung betrag betreff bevor bezahlen bezahlt bin bis bist bitte"
    " bleiben bleibt blockade blockiert blockierung brauche brauchen braucht buchen buchhaltung buchung"
    " checkliste da dabei dadurch dafur dagegen daher damen damit danach danke dann daran darauf darf darum das"
    " dass datei daten datum dauer dauert davon dazu dein dem den denn der deren derzeit des deshalb dich die"
    " dies diese diesem diesen dieser dieses dir doch dokument dort drei dringend du durch durfen eigentlich ein"
    " eine einem einen einer eines einfach einige einmal einrichten einrichtung einstellung eintrag einzahlung"
    " ende endet entscheiden entscheidung entsperren er erfolgt erforderlich erganzen erhalten erhoht erinnerung"
    " erklare erklaren erlaubt erneut erst erstattung erste erstellen ersten es etwa etwas euch euer extern"
    " fallig falligkeit falsch fehler fehlt fertig finanzabteilung finanzen finden firma folgt frage fragen frau"
    " frei freigabe freigeben freigegeben freigeschaltet freundlichen frist fruher fugen funf fur ganz gar geben"
    " gebucht gebuhr geehrte geehrter gegen gehen gehort geht geld gemacht genau genehmigen genehmigt genehmigung"
    " genug geprueft gepruft gerade gern gerne gesamt geschaftsfuhrer geschaftsfuhrerin geschickt gesperrt"
    " gestellt gestern gewahren gewahrt gibt gilt gleich grund grunde gruss grusse gut guten guthaben gutschrift"
    " habe haben hallo hast hat hatte hatten heisst helfen herr herren herrn heute hier hilf hilfe hin hinweis"
    " historie hoch hohe hoher ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in info information inhaber"
    " innerhalb ins insgesamt intern ist ja jahr jahre jede jedem jeden jeder jemand jetzt kann kannst karte"
    " karten kategorie kauf kaufen kein keine keinem keinen keiner kommt konnen konnte konnten kontakt konto"
    " korrektur kosten kostet kredit kredite kreditkarte kunde kunden kundennummer kundigung kundin kurz kurzlich"
    " lage lang lange lasst lastschrift laufzeit laut leer leider letzte letzten letzter letztes lieber liegt"
    " liste los losen losung mache machen macht mag mahnung mal man manuell markieren mehr mein meine meinem"
    " meinen meiner meldung menge mich mindestens minuten mir mit mitarbeiter mitteilung mochte mochten moglich"
    " moglichkeit monat monate monatlich morgen muss mussen musste nach nachricht nachste nachsten nachweis name"
    " namen nein neu neue neuen nicht nichts nie niemand noch notig notiz notwendig nummer nun nur nutzen nutzung"
    " ob obwohl oder offen offene offenen offener ohne operator ordnung paket partner passwort person pflicht"
    " plan plattform posten preis prepaid pro probe probezeitraum problem prozent prufen prufung punkt quittung"
    " rabatt rate rechnung rechnungen rechnungsbetrag rechnungsnummer rechnungsprufung recht referenz regel"
    " restbetrag restguthaben richtig ruckerstattung sagen sagt saldo schicken schnell schon schreiben schritt"
    " schritte schulden schuldet sehe sehen sehr sei sein seine seinem seinen seiner seit seite selbst senden"
    " sich sicher sie siehe sind so sobald sofort sogar soll sollen sollte sollten sondern sonst sowie spat"
    " spater sperre sperren stand stattdessen status stehen steht stelle stellen steuer steuern stopp stornieren"
    " stornierung storno stunde stunden stundung suche summe support system tag tage tagen tarif team teil termin"
    " test testphase testzeitraum teuer ticket trotz trotzdem tun uber uberfallig uberfallige uberfalligen"
    " uberprufen uberprufung ubersicht ubertragen uberweisung uhr um umsatzsteuer unbezahlt und ungultig uns"
    " unser unsere unten unter unterlagen unterschied ursache verbleibend verbrauch verbraucht vereinbarung"
    " verfallt verfugbar verfugung vergessen verifizieren verifiziert verifizierung verlangern verlangert"
    " verlangerung verrechnung verschieben verstanden verstehe versuch versuchen vertrag vertrags vertragsende"
    " verwenden verzug viel viele vielen vielleicht vier vom von vor voraus vorgang vorher vorschlag wahrung wann"
    " war waren warten warum was weg wegen weil weiter weitere weiterhin welche welchem welchen welcher welches"
    " wenig weniger wenn wer werden wert weshalb wessen wetter wichtig wie wieder wieso wieviel will wir wird"
    " wirklich wo woche wochen woher wohin wollen worden wurde wurden zahl zahlen zahlt zahlung zahlungen"
    " zahlungsart zahlungsfrist zahlungsmethode zahlungsmittel zahlungsverzug zeige zeigen zeit zeitraum ziehen"
    " ziel zu zuerst zugang zugriff zum zur zuruck zusage zusammen zusammenfassen zusammenfassung zusatzlich"
    " zustand zustandig zwar zwei zweite zwischen zwolf"
)
_OTHERS = words_in(  # how questions begin in a few more languages
    "bonjour ce ciao client cliente combien comment como cual cuando cuanto dank el est est-ce factura facture"
    " factuur fattura gracias grazie hoe hola klant la las le les los merci perche por pourquoi quale quand"
    " quando quanto que quel quelle quelles quels qui waarom wanneer welke"
)
_CLOSED_SETS: tuple[Iterable[str], ...] = (
    *(types.ACTION_TITLES.values(), types.STARTER_TITLES.values()),
    *(wording.STATE_TITLES.values(), wording.RAIL_TITLES.values(), wording.OWNERSHIP_TITLES.values()),
    *(wording.CHECKLIST_TITLES.values(), wording.AREA_TITLES.values(), wording.UNIT_TITLES.values()),
    *(wording.KIND_TITLES.values(), wording.HANDOFF_TITLES.values()),
    *(types.BlockerCode, types.InvoiceStatus, types.Category, types.Account, types.Outcome),
)
_CONTRACT = frozenset(re.findall("[a-z]+", " ".join(word for words in _CLOSED_SETS for word in words).lower()))

_ENGLISH = _QUESTIONS | _VERBS | _BILLING | _CALENDAR | _NUMBERS | _PLACES | _MONEY | _CONTRACT
_ENDINGS = (
    (_ENGLISH, ("'s", "'", "s", "es", "ed", "d", "ing", "ly")),
    (_GERMAN, ("e", "en", "n", "er", "es", "em", "s")),
)
_SHORTEST_STEM = 4  # of "ended" and "stopped"; shorter ones would let names through ("Ames", "Owen")

ALSO_NAMES = words_in("art bill chase drew frank grace grant hope jack mark rich rose sue will")
"""Ordinary words that people are called as well: beside an unknown name they are part of it."""


def is_ordinary(word: str) -> bool:
    """Return whether a folded word, or each part of a hyphenated one, is a word that everybody uses."""
    return all(_is_ordinary(part) for part in re.split("[-_]", word) if part)


@lru_cache(maxsize=8192)
def _is_ordinary(word: str) -> bool:
    return (
        len(word) == 1
        or word in _ENGLISH
        or word in _GERMAN
        or word in _OTHERS
        or any(_is_inflected(word, table, endings) for table, endings in _ENDINGS)
        or (word.endswith("ies") and word[:-3] + "y" in _ENGLISH)
    )


def _is_inflected(word: str, table: frozenset[str], endings: Iterable[str]) -> bool:
    stems = (word.removesuffix(ending) for ending in endings if word.endswith(ending))
    return any(
        stem in table or stem + "e" in table or (stem[-1] == stem[-2] and stem[:-1] in table)
        for stem in stems
        if len(stem) >= _SHORTEST_STEM
    )
