namespace Rekey.Contract.Problems;

/// <summary>Range 1: agent and token.</summary>
public static partial class Problems
{
    /// <summary>No token answered in any module.</summary>
    public static Problem NoToken() => new(1001, NextStep.InsertKey, 409);

    /// <summary>The token was pulled out; nothing is lost.</summary>
    public static Problem TokenRemoved() => new(1002, NextStep.InsertKey, 409);

    /// <summary>Another token than the one the renewal began on is plugged in.</summary>
    /// <param name="found">Serial number of the token that is plugged in.</param>
    /// <param name="wanted">Serial number of the one that is needed.</param>
    public static Problem OtherToken(string found, string wanted) => new(1003, NextStep.InsertKey, 409, found, wanted);

    /// <summary>Wrong PIN; tries left unknown to the driver.</summary>
    public static Problem PinWrong() => new(1010, NextStep.Retry, 409);

    /// <summary>Wrong PIN.</summary>
    /// <param name="triesLeft">What the token says is left.</param>
    public static Problem PinWrong(int triesLeft) => new(1011, NextStep.Retry, 409, Digits(triesLeft));

    /// <summary>One try is left; the agent asks before it is used.</summary>
    public static Problem PinLastTry() => new(1012, NextStep.CallRa, 409);

    /// <summary>The token has locked its PIN.</summary>
    public static Problem PinLocked() => new(1013, NextStep.CallRa, 409);

    /// <summary>The holder closed the PIN window.</summary>
    public static Problem PinCancelled() => new(1014, NextStep.Retry, 409);

    /// <summary>The holder declined the consent window.</summary>
    public static Problem ConsentDeclined() => new(1015, NextStep.Retry, 409);

    /// <summary>The PIN was wrong before; the token does not tell how many tries are left.</summary>
    public static Problem PinTriesLow() => new(1016, NextStep.CallRa, 409);

    /// <summary>What was typed cannot be a PIN of this token, whatever is wrong with it; it was not tried.</summary>
    public static Problem PinNotPossible() => new(1017, NextStep.Retry, 409);

    /// <summary>What was typed is shorter or longer than a PIN of this token can be; it was not tried.</summary>
    /// <param name="length">How long PINs are, in digits: <c>6–16</c>, <c>8</c> or <c>≥ 6</c>.</param>
    public static Problem PinLength(string length) => new(1018, NextStep.Retry, 409, length);

    /// <summary>What was typed has a character that no PIN of this token has; it was not tried.</summary>
    /// <param name="allowed">Those that there are, for example <c>0–9</c>.</param>
    public static Problem PinCharacters(string allowed) => new(1019, NextStep.Retry, 409, allowed);

    /// <summary>No room for a second pair.</summary>
    public static Problem TokenFull() => new(1020, NextStep.CallRa, 409);

    /// <summary>The token is write-protected.</summary>
    public static Problem TokenWriteProtected() => new(1021, NextStep.CallRa, 409);

    /// <summary>The token cannot make the kind of key that the profile wants.</summary>
    /// <param name="suite">The kind of key, for example RSA-2048.</param>
    public static Problem TokenCannotGenerate(string suite) => new(1022, NextStep.CallRa, 409, suite);

    /// <summary>The token cannot take an encryption key of the kind that the profile wants without showing it to the computer.</summary>
    /// <param name="suite">The kind of key, for example SM2.</param>
    public static Problem TokenCannotImport(string suite) => new(1023, NextStep.CallRa, 409, suite);

    /// <summary>The driver answered with a code that has no meaning of its own here.</summary>
    /// <param name="code">The driver's code in hex, with its function.</param>
    public static Problem DriverError(string code) => new(1030, NextStep.Retry, 409, code);

    /// <summary>The vendor's library crashed; only its child process ended.</summary>
    /// <param name="module">File name of the library.</param>
    public static Problem ModuleCrashed(string module) => new(1031, NextStep.Retry, 409, module);

    /// <summary>The vendor's library did not answer within its limit.</summary>
    /// <param name="module">File name of the library.</param>
    /// <param name="seconds">The limit.</param>
    public static Problem ModuleTimedOut(string module, int seconds) => new(1032, NextStep.InsertKey, 409, module, Digits(seconds));

    /// <summary>What was written does not read back, or does not sign.</summary>
    public static Problem ReadBackFailed() => new(1040, NextStep.Retry, 409);

    /// <summary>The chosen certificate is no longer on the token.</summary>
    public static Problem CertificateGone() => new(1041, NextStep.ChooseAnother, 409);

    /// <summary>The key found on the token, or made by it, is not one that was generated there and never leaves it.</summary>
    public static Problem KeyNotGenuine() => new(1042, NextStep.CallRa, 409);

    /// <summary>The enveloped encryption key was altered or is not for this token, or the key does not open what its certificate says.</summary>
    public static Problem EncryptionKeyRefused() => new(1043, NextStep.Retry, 409);

    /// <summary>The old encryption key no longer opens what was encrypted for it before the renewal.</summary>
    public static Problem OldEncryptionKeyUnusable() => new(1044, NextStep.CallRa, 409);

    /// <summary>The encryption key of a confirmed renewal is not on the token any more; it has to be recovered.</summary>
    public static Problem EncryptionKeyLost() => new(1045, NextStep.CallRa, 409);

    /// <summary>The answer is not signed by the CA that this computer trusts.</summary>
    public static Problem AnswerNotTrusted() => new(1050, NextStep.CallRa, 409);

    /// <summary>The service could not be reached; the agent tried for the given time.</summary>
    /// <param name="seconds">How long it tried.</param>
    public static Problem ServiceUnreachable(int seconds) => new(1051, NextStep.Retry, 503, Digits(seconds));

    /// <summary>This computer's clock differs from the server's.</summary>
    /// <param name="minutes">By how much.</param>
    public static Problem ClockWrong(long minutes) => new(1052, NextStep.Retry, 409, Digits(minutes));

    /// <summary>The site's TLS certificate is not one that this computer trusts.</summary>
    /// <param name="origin">The site.</param>
    public static Problem SiteNotTrusted(string origin) => new(1053, NextStep.CallRa, 502, origin);

    /// <summary>The launch address is not one this agent accepts.</summary>
    public static Problem LaunchRefused() => new(1060, NextStep.StartAgain, 400);

    /// <summary>The site is not on this computer's list.</summary>
    /// <param name="origin">The site that asked.</param>
    public static Problem OriginNotAllowed(string origin) => new(1061, NextStep.CallRa, 403, origin);

    /// <summary>The agent's configuration cannot be used.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="reason">Line and key, in English.</param>
    public static Problem AgentMisconfigured(string file, string reason) => new(1062, NextStep.CallRa, 500, file, reason);

    /// <summary>No key that is plugged in has a certificate with which the site could be logged in to.</summary>
    public static Problem NoLoginCertificate() => new(1070, NextStep.ChooseAnother, 409);

    /// <summary>The return page could not be opened in a browser.</summary>
    public static Problem BrowserNotOpened() => new(1071, NextStep.Retry, 409);

    /// <summary>A document to sign is no text, is too long, or has characters that do not show.</summary>
    public static Problem DocumentNotShown() => new(1072, NextStep.CallRa, 400);
}
