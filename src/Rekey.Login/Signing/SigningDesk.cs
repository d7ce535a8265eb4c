using Microsoft.AspNetCore.Http;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Rendezvous;

namespace Rekey.Login.Signing;

/// <summary>A document that was signed.</summary>
/// <param name="Tag">The site's own word for what the signature is wanted for, as it was given.</param>
/// <param name="Document">The document.</param>
/// <param name="Signature">Detached: RFC 5652 for RSA and ECDSA, GM/T 0010 for SM2. Verified, and of the certificate that was asked for.</param>
public sealed record SignedDocument(string Tag, byte[] Document, byte[] Signature);

/// <summary>
/// Has a document of the site signed by the visitor's key: begin it, show the launch address, follow <c>GET /rekey/events</c> until
/// <see cref="SignedEvent"/>, then take the signature with the next request of the same browser.
/// </summary>
public sealed class SigningDesk
{
    private readonly PageSide page;
    private readonly LoginOptions options;

    internal SigningDesk(PageSide page, LoginOptions options) => (this.page, this.options) = (page, options);

    /// <summary>Begins a signature for the browser of this request; one that it had under way is forgotten.</summary>
    /// <param name="context">The request, whose answer gets the cookie.</param>
    /// <param name="name">What the site calls the document, one line.</param>
    /// <param name="document">Text in UTF-8: the agent shows all of it before the PIN is asked.</param>
    /// <param name="certificateSha256">The certificate of whoever is logged in: no other signature is taken.</param>
    /// <param name="tag">The site's own word for what the signature is wanted for; not shown.</param>
    /// <param name="language"><c>zh-CN</c> or <c>en</c>.</param>
    /// <returns>What the page shows.</returns>
    /// <exception cref="ArgumentException">Name or document have another length than an agent takes.</exception>
    public async Task<LoginStarted> BeginAsync(HttpContext context, string name, byte[] document, byte[] certificateSha256, string tag, string language)
    {
        if (document.Length is 0 or > DocumentToSign.MaxLength || name.Length is 0 or > DocumentToSign.MaxName)
        {
            throw new ArgumentException("a document has 1 to 16384 octets, its name 1 to 100 characters");
        }

        var (answer, cookie) = await page.BeginAsync(new(name, document, certificateSha256, tag), language, context.RequestAborted);
        context.Response.Cookies.Append(LoginEndpoints.CookieName(options), cookie.ToString(), LoginEndpoints.Cookie(options, LoginAttempt.Lifetime));
        return answer;
    }

    /// <summary>Takes the signature, once.</summary>
    /// <param name="context">A request of the browser that began.</param>
    /// <exception cref="ProblemException">RK-2001: it has none under way; RK-2015: it is not signed yet; RK-2002: it was taken, or ended otherwise.</exception>
    public async Task<SignedDocument> TakeAsync(HttpContext context)
    {
        var (task, signature) = await page.TakeSignatureAsync(context.Request.Cookies[LoginEndpoints.CookieName(options)], context.RequestAborted);
        context.Response.Cookies.Delete(LoginEndpoints.CookieName(options), LoginEndpoints.Cookie(options, null));
        return new(task.Tag, task.Document, signature);
    }
}
