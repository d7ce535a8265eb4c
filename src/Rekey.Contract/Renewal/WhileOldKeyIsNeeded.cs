namespace Rekey.Contract.Renewal;

/// <summary>What a renewal does while a business system needs the encryption key that it would make an old one; a setting of the certificate's profile.</summary>
public enum WhileOldKeyIsNeeded
{
    /// <summary>The holder is told; the old key stays on the token.</summary>
    Warn,

    /// <summary>The renewal waits, if the certificate lives long enough.</summary>
    Wait,
}
