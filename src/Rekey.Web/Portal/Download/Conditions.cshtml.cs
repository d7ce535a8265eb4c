using Rekey.Contract.Bridge;
using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Download;

internal sealed class ConditionsModel(SessionReader reader, BrowserGuard guard, RaOptions options) : PortalPage(reader, guard, options)
{
    protected override SessionPurpose? Serves => SessionPurpose.Download;
}
