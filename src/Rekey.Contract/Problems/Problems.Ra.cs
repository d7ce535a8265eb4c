namespace Rekey.Contract.Problems;

/// <summary>Range 3: registration authority.</summary>
public static partial class Problems
{
    /// <summary>The RA has no record of the certificate.</summary>
    public static Problem CertificateUnknown() => new(3001, NextStep.ChooseAnother, 404);

    /// <summary>The certificate was issued by a CA that this service neither is nor has taken over.</summary>
    public static Problem ForeignIssuer() => new(3002, NextStep.ChooseAnother, 409);

    /// <summary>The certificate is revoked.</summary>
    /// <param name="since">The day of the revocation.</param>
    public static Problem CertificateRevoked(DateOnly since) => new(3003, NextStep.CallRa, 409, Iso(since));

    /// <summary>The holder was cancelled.</summary>
    public static Problem HolderCancelled() => new(3004, NextStep.CallRa, 409);

    /// <summary>The certificate was already renewed.</summary>
    /// <param name="newSerial">Serial number of its successor, hex.</param>
    public static Problem AlreadyRenewed(string newSerial) => new(3005, NextStep.ChooseAnother, 409, newSerial);

    /// <summary>Another renewal of the same certificate is under way.</summary>
    /// <param name="startedAt">When it began (ISO 8601).</param>
    public static Problem RenewalUnderWay(string startedAt) => new(3006, NextStep.Wait, 409, startedAt);

    /// <summary>The token's model is not on the RA's list.</summary>
    /// <param name="model">The model as the token names it.</param>
    public static Problem TokenModelNotAllowed(string model) => new(3007, NextStep.CallRa, 409, model);

    /// <summary>The certificate is on hold.</summary>
    public static Problem CertificateHeld() => new(3008, NextStep.CallRa, 409);

    /// <summary>A taken-over certificate whose old CA has published no fresh status.</summary>
    public static Problem StatusNotFresh() => new(3009, NextStep.Wait, 409);

    /// <summary>Too early.</summary>
    /// <param name="from">First day of the window.</param>
    public static Problem RenewalTooEarly(DateOnly from) => new(3102, NextStep.Wait, 409, Iso(from));

    /// <summary>Too late.</summary>
    /// <param name="expired">The day of expiry.</param>
    /// <param name="daysAgo">Days from expiry to today.</param>
    /// <param name="window">Days after expiry in which renewal is possible.</param>
    public static Problem RenewalTooLate(DateOnly expired, int daysAgo, int window) =>
        new(3103, NextStep.CallRa, 409, Iso(expired), Digits(daysAgo), Digits(window));

    /// <summary>The holder's identity was last proved too long ago.</summary>
    /// <param name="years">The limit.</param>
    public static Problem IdentityProofTooOld(int years) => new(3104, NextStep.CallRa, 409, Digits(years));

    /// <summary>The old key is too weak to prove who asks.</summary>
    public static Problem KeyTooWeak() => new(3105, NextStep.CallRa, 409);

    /// <summary>The old key comes from a generator with a known flaw (ROCA).</summary>
    public static Problem KeyFlawed() => new(3106, NextStep.CallRa, 409);

    /// <summary>The renewal has ended; a new one can be started.</summary>
    public static Problem RenewalEnded() => new(3110, NextStep.StartAgain, 409);

    /// <summary>The CA did not answer in time; the request is kept.</summary>
    public static Problem CaNotAnswering() => new(3120, NextStep.Wait, 503);

    /// <summary>No relying party has this credential, or it was disabled: one answer for both.</summary>
    public static Problem RelyingPartyUnknown() => new(3201, NextStep.CallRa, 401);

    /// <summary>The relying party has registered nothing under this reference.</summary>
    public static Problem DateUnknown() => new(3202, NextStep.StartAgain, 404);

    /// <summary>A date until which a key is needed has passed, or is too far away.</summary>
    /// <param name="first">The first day that can be registered.</param>
    /// <param name="last">The last one.</param>
    public static Problem DateOutOfRange(DateOnly first, DateOnly last) => new(3203, NextStep.StartAgain, 400, Iso(first), Iso(last));

    /// <summary>The relying party has registered as many dates as it may.</summary>
    /// <param name="most">The limit.</param>
    public static Problem TooManyDates(int most) => new(3204, NextStep.CallRa, 409, Digits(most));

    /// <summary>The reference stands for another certificate.</summary>
    public static Problem ReferenceTaken() => new(3205, NextStep.StartAgain, 409);

    /// <summary>The certificate's key opens nothing: it only signs.</summary>
    public static Problem KeyOpensNothing() => new(3206, NextStep.StartAgain, 409);

    /// <summary>The subscriber has more than one certificate in use that something can be encrypted for.</summary>
    /// <param name="count">How many.</param>
    public static Problem SeveralCertificates(int count) => new(3207, NextStep.StartAgain, 409, Digits(count));

    /// <summary>A business system still needs the key that the renewal makes an old one; it stays on the token.</summary>
    /// <param name="system">The system's name.</param>
    /// <param name="until">The last day.</param>
    /// <param name="reason">Why, in the system's words.</param>
    public static Problem OldKeyNeeded(string system, DateOnly until, string reason) => new(3211, NextStep.Wait, 409, system, Iso(until), reason);

    /// <summary>The profile lets renewals wait while a business system needs the present key.</summary>
    /// <param name="system">The system's name.</param>
    /// <param name="until">The last day.</param>
    public static Problem RenewalWaits(string system, DateOnly until) => new(3212, NextStep.Wait, 409, system, Iso(until));

    /// <summary>There is no room on the token because an old key on it is still needed.</summary>
    /// <param name="system">The system that needs it.</param>
    /// <param name="until">The last day.</param>
    public static Problem NoRoomBesideNeededKey(string system, DateOnly until) => new(3213, NextStep.CallRa, 409, system, Iso(until));

    /// <summary>A file to import is damaged, or is no table.</summary>
    public static Problem TableBroken() => new(3301, NextStep.StartAgain, 400);

    /// <summary>A table is an XLS file, or has a password.</summary>
    public static Problem TableOfOldKind() => new(3302, NextStep.StartAgain, 400);

    /// <summary>A table is too large a file.</summary>
    /// <param name="megabytes">The limit.</param>
    public static Problem TableTooLarge(long megabytes) => new(3303, NextStep.StartAgain, 413, Digits(megabytes));

    /// <summary>A table has too many rows.</summary>
    /// <param name="most">The limit.</param>
    public static Problem TooManyRows(int most) => new(3304, NextStep.StartAgain, 413, Digits(most));

    /// <summary>An XLSX file unpacks to too much, or is packed as nothing honest is.</summary>
    /// <param name="megabytes">The limit, unpacked.</param>
    public static Problem TableUnpacksTooFar(long megabytes) => new(3305, NextStep.StartAgain, 413, Digits(megabytes));

    /// <summary>The heading of a table lacks columns.</summary>
    /// <param name="columns">Which, with commas between.</param>
    public static Problem ColumnMissing(string columns) => new(3306, NextStep.StartAgain, 400, columns);

    /// <summary>The heading of a table has columns that are unknown, or twice there.</summary>
    /// <param name="columns">Which, with commas between.</param>
    /// <param name="known">The known ones.</param>
    public static Problem ColumnUnknown(string columns, string known) => new(3307, NextStep.StartAgain, 400, columns, known);

    /// <summary>Somebody edited a subscriber between another's look and edit.</summary>
    /// <param name="who">Who, as in the audit log.</param>
    /// <param name="at">When, in the institution's time.</param>
    public static Problem SubscriberChanged(string who, string at) => new(3308, NextStep.StartAgain, 409, who, at);

    /// <summary>No subscriber has this stable identifier.</summary>
    public static Problem SubscriberUnknown() => new(3309, NextStep.StartAgain, 404);

    /// <summary>A filter has no name that it can be kept by, or there are too many.</summary>
    /// <param name="length">Most characters of a name.</param>
    /// <param name="count">Most filters.</param>
    public static Problem FilterNotSaved(int length, int count) => new(3310, NextStep.StartAgain, 400, Digits(length), Digits(count));

    /// <summary>Somebody else is registered under the stable identifier.</summary>
    public static Problem SubscriberRegistered() => new(3311, NextStep.StartAgain, 409);

    /// <summary>Somebody wants to decide about an act of their own; persons are compared.</summary>
    public static Problem OwnAct() => new(3401, NextStep.Wait, 409);

    /// <summary>An operator without any duty.</summary>
    public static Problem DutyMissing() => new(3402, NextStep.StartAgain, 400);

    /// <summary>Somebody wants to change what they are themself.</summary>
    public static Problem OperatorIsSelf() => new(3403, NextStep.StartAgain, 403);

    /// <summary>The role is appointed by other people.</summary>
    public static Problem AppointmentOfOthers() => new(3404, NextStep.StartAgain, 403);

    /// <summary>The scope reaches beyond that of whoever gives it.</summary>
    public static Problem ScopeTooWide() => new(3405, NextStep.StartAgain, 403);

    /// <summary>The person has a role, and nobody has two.</summary>
    public static Problem OperatorHasRole() => new(3406, NextStep.StartAgain, 409);

    /// <summary>The subscriber is an organisation, or cancelled.</summary>
    public static Problem OperatorIsNoPerson() => new(3407, NextStep.StartAgain, 409);

    /// <summary>Somebody changed an operator between another's look and act.</summary>
    /// <param name="who">Who, as in the audit log.</param>
    /// <param name="at">When, in the institution's time.</param>
    public static Problem OperatorChanged(string who, string at) => new(3408, NextStep.StartAgain, 409, who, at);

    /// <summary>There is no such operator, or none of whom this can be done.</summary>
    public static Problem OperatorUnknown() => new(3409, NextStep.StartAgain, 404);

    /// <summary>An act that needs a reason has none, or one that is no line.</summary>
    /// <param name="most">Most characters.</param>
    public static Problem ReasonMissing(int most) => new(3410, NextStep.StartAgain, 400, Digits(most));

    /// <summary>What was typed is no scope.</summary>
    /// <param name="part">The first part that is none.</param>
    public static Problem ScopeUnreadable(string part) => new(3411, NextStep.StartAgain, 400, part);

    /// <summary>The operator's role and duties do not have the permission.</summary>
    public static Problem NoPermission() => new(3412, NextStep.StartAgain, 403);

    /// <summary>Reference number and authorisation code do not belong together; or nobody was given that number, which is not told.</summary>
    /// <param name="left">Tries that are left for this number.</param>
    public static Problem CodesWrong(int left) => new(3501, NextStep.StartAgain, 409, Digits(left));

    /// <summary>Wrong codes were typed for this reference number too often.</summary>
    public static Problem CodesLocked() => new(3502, NextStep.CallRa, 409);

    /// <summary>The authorisation's time is over.</summary>
    /// <param name="since">Its last day.</param>
    public static Problem AuthorisationExpired(DateOnly since) => new(3503, NextStep.CallRa, 409, Iso(since));

    /// <summary>The authorisation was used.</summary>
    public static Problem AuthorisationSpent() => new(3504, NextStep.CallRa, 409);

    /// <summary>The second person has not approved the authorisation yet.</summary>
    public static Problem AuthorisationNotApproved() => new(3505, NextStep.Wait, 409);

    /// <summary>The authorisation was withdrawn or refused.</summary>
    public static Problem AuthorisationWithdrawn() => new(3506, NextStep.CallRa, 409);

    /// <summary>A signature under a document does not count: other content, another person's, or a certificate that is not in use.</summary>
    public static Problem SignatureNotAccepted() => new(3508, NextStep.Retry, 409);

    /// <summary>Somebody dealt with the authorisation meanwhile.</summary>
    /// <param name="who">Who, by the stable identifier.</param>
    /// <param name="state">How it now is.</param>
    public static Problem AuthorisationChanged(string who, string state) => new(3509, NextStep.StartAgain, 409, who, state);

    /// <summary>There is no such authorisation, or it is not this person's to deal with.</summary>
    public static Problem AuthorisationUnknown() => new(3510, NextStep.StartAgain, 404);

    /// <summary>What is wished of an authorisation cannot be.</summary>
    /// <param name="reason">Most characters of the reason.</param>
    /// <param name="days">Most days.</param>
    public static Problem AuthorisationWishWrong(int reason, int days) => new(3512, NextStep.StartAgain, 400, Digits(reason), Digits(days));

    /// <summary>The authorisation names another token than the one that is plugged in.</summary>
    /// <param name="found">Serial number of the token that is plugged in.</param>
    /// <param name="wanted">Serial number of the one that is named.</param>
    public static Problem OtherKeyAuthorised(string found, string wanted) => new(3521, NextStep.InsertKey, 409, found, wanted);

    /// <summary>Somebody else's certificates are on the token that a download is to go to; a warning.</summary>
    /// <param name="names">Whose, as the RA knows them.</param>
    public static Problem KeyOfOthers(string names) => new(3522, NextStep.ChooseAnother, 409, names);

    /// <summary>Another session is at the download.</summary>
    /// <param name="startedAt">When the download began, in the institution's time.</param>
    public static Problem DownloadUnderWay(string startedAt) => new(3523, NextStep.Wait, 409, startedAt);

    /// <summary>The authorisation brings the old encryption key back, which this service does not do by download yet.</summary>
    public static Problem OldKeyNotDownloadable() => new(3524, NextStep.CallRa, 409);
}
