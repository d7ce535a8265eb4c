namespace Rekey.Contract.Problems;

/// <summary>Range 4: certification authority.</summary>
public static partial class Problems
{
    /// <summary>The CA refused a message: its protection does not verify, or its signer may not send it.</summary>
    /// <param name="failure">The PKIFailureInfo name (RFC 4210 appendix F).</param>
    public static Problem CmpRefused(string failure) => new(4001, NextStep.CallRa, 409, failure);

    /// <summary>The certificate that would result breaks a rule of its profile or of RFC 5280.</summary>
    /// <param name="rule">The rule, in English.</param>
    public static Problem LintFailed(string rule) => new(4002, NextStep.CallRa, 409, rule);

    /// <summary>The profile does not allow this kind of key.</summary>
    /// <param name="suite">The kind of key in the request.</param>
    public static Problem KeyTypeNotAllowed(string suite) => new(4003, NextStep.CallRa, 409, suite);

    /// <summary>The new key is the old one, or is known from another certificate.</summary>
    public static Problem KeyReused() => new(4004, NextStep.Retry, 409);

    /// <summary>The key-management centre does not answer; nothing was issued, and the request can be repeated.</summary>
    public static Problem KmcNotAnswering() => new(4011, NextStep.Wait, 503);

    /// <summary>The issuing stopped because its audit log cannot be written.</summary>
    public static Problem IssuingStopped() => new(4010, NextStep.Wait, 503);

    /// <summary>The CA does not accept a download authorisation.</summary>
    /// <param name="rule">The rule that it breaks, in English.</param>
    public static Problem AuthorisationNotAccepted(string rule) => new(4012, NextStep.CallRa, 409, rule);
}
