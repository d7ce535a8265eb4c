namespace Rekey.Contract.Problems;

/// <summary>Range 6: login.</summary>
public static partial class Problems
{
    /// <summary>The certificate has expired.</summary>
    /// <param name="on">Its last day, UTC.</param>
    public static Problem LoginCertificateExpired(DateOnly on) => new(6001, NextStep.ChooseAnother, 403, Iso(on));

    /// <summary>The certificate is revoked or suspended.</summary>
    /// <param name="on">Since which day, UTC.</param>
    public static Problem LoginCertificateRevoked(DateOnly on) => new(6002, NextStep.CallRa, 403, Iso(on));

    /// <summary>No path leads from the certificate to a CA that the site accepts.</summary>
    public static Problem LoginIssuerUnknown() => new(6003, NextStep.ChooseAnother, 403);

    /// <summary>The CA does not answer for the certificate (OCSP unknown): its renewal has not been confirmed, or it never issued it.</summary>
    public static Problem LoginNotConfirmed() => new(6004, NextStep.CallRa, 403);

    /// <summary>The certificate is not valid yet.</summary>
    /// <param name="from">Its first day, UTC.</param>
    public static Problem LoginCertificateNotYetValid(DateOnly from) => new(6005, NextStep.Wait, 403, Iso(from));

    /// <summary>The certificate is not for logging in: its key usage, purpose, policy or kind of key.</summary>
    public static Problem LoginCertificateWrongUse() => new(6006, NextStep.ChooseAnother, 403);

    /// <summary>Nobody can say whether the certificate is revoked.</summary>
    public static Problem LoginStatusUnavailable() => new(6007, NextStep.Retry, 503);

    /// <summary>The token is not of the form.</summary>
    /// <param name="reason">What is wrong, in English, without any value from the token.</param>
    public static Problem LoginTokenMalformed(string reason) => new(6010, NextStep.StartAgain, 400, reason);

    /// <summary>The signature does not fit: made for another site or another login, or not by the certificate's key.</summary>
    public static Problem LoginTokenNotForHere() => new(6011, NextStep.StartAgain, 403);

    /// <summary>The algorithm or format named is not the one that the certificate's key signs with.</summary>
    public static Problem LoginAlgorithmRefused() => new(6012, NextStep.StartAgain, 400);

    /// <summary>The nonce is none that this site gave out for this login.</summary>
    public static Problem LoginChallengeUnknown() => new(6013, NextStep.StartAgain, 403);

    /// <summary>The nonce was used before.</summary>
    public static Problem LoginChallengeUsed() => new(6014, NextStep.StartAgain, 409);

    /// <summary>The nonce is too old.</summary>
    public static Problem LoginChallengeExpired() => new(6015, NextStep.StartAgain, 410);

    /// <summary>The return page was opened in another browser than the one in which the login began.</summary>
    public static Problem LoginOtherBrowser() => new(6020, NextStep.StartAgain, 403);

    /// <summary>The return page's code is unknown, used or too old.</summary>
    public static Problem LoginCodeUnknown() => new(6021, NextStep.StartAgain, 410);

    /// <summary>The person who logged in at the RA's console is no operator.</summary>
    public static Problem NotAnOperator() => new(6030, NextStep.CallRa, 403);
}
