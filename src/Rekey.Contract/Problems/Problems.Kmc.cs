namespace Rekey.Contract.Problems;

/// <summary>Range 5: key-management centre.</summary>
public static partial class Problems
{
    /// <summary>The key-management centre makes no keys of this kind.</summary>
    /// <param name="kind">The kind that was ordered.</param>
    public static Problem KeyKindNotMade(string kind) => new(5001, NextStep.CallRa, 409, kind);

    /// <summary>An encryption key was handed out for this order already, to another signing key or another holder.</summary>
    public static Problem KeyOrderDiffers() => new(5002, NextStep.CallRa, 409);

    /// <summary>The same encryption key was wrapped to so many transport keys that it is not wrapped again.</summary>
    /// <param name="most">How many.</param>
    public static Problem HandOutsExhausted(int most) => new(5003, NextStep.CallRa, 409, Digits(most));

    /// <summary>The order is confirmed or has ended; its key is not handed out any more.</summary>
    public static Problem KeyOrderEnded() => new(5004, NextStep.StartAgain, 409);

    /// <summary>What the holder signed names no key that the encryption key may be wrapped to.</summary>
    /// <param name="why">In English.</param>
    public static Problem TransportKeyNotAllowed(string why) => new(5005, NextStep.CallRa, 409, why);

    /// <summary>A notice about an order that is not known here.</summary>
    public static Problem KeyOrderUnknown() => new(5006, NextStep.CallRa, 404);

    /// <summary>A recovery was not signed by enough different persons who may.</summary>
    /// <param name="valid">How many did.</param>
    /// <param name="needed">How many must.</param>
    public static Problem RecoveryNotSigned(int valid, int needed) => new(5101, NextStep.CallRa, 403, Digits(valid), Digits(needed));

    /// <summary>A signature under an order of recovery does not count.</summary>
    /// <param name="signer">Whose it is.</param>
    /// <param name="why">In English.</param>
    public static Problem RecoverySignatureRefused(string signer, string why) => new(5102, NextStep.CallRa, 403, signer, why);

    /// <summary>The order of recovery is over, or not valid yet.</summary>
    public static Problem RecoveryExpired() => new(5103, NextStep.StartAgain, 409);

    /// <summary>The order of recovery names no key of this subscriber that can be recovered.</summary>
    public static Problem RecoveryKeyUnknown() => new(5104, NextStep.CallRa, 404);

    /// <summary>The key is not recovered to what the order names.</summary>
    /// <param name="why">In English.</param>
    public static Problem RecoveryTargetRefused(string why) => new(5105, NextStep.CallRa, 409, why);

    /// <summary>An order of recovery of this number was carried out already, and it said something else.</summary>
    public static Problem RecoveryOrderUsed() => new(5106, NextStep.StartAgain, 409);

    /// <summary>The shares of the master are too few, or do not belong together.</summary>
    /// <param name="why">In English.</param>
    public static Problem MasterSharesRefused(string why) => new(5201, NextStep.CallRa, 409, why);

    /// <summary>A custodian's key or token does not open the share.</summary>
    /// <param name="why">In English.</param>
    public static Problem ShareNotOpened(string why) => new(5202, NextStep.CallRa, 409, why);
}
