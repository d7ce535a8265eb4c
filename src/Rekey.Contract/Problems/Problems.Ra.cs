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
}
